import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { setCsrfToken } from "../client.ts";
import { auth } from "../operations.ts";
import { ApiProblem } from "../problem.ts";
import type { Me } from "../types.ts";

const key = ["session"] as const;

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: key,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return remember(await auth.me(signal));
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.isUnauthenticated) return remember(null);
      throw problem;
    }
  },
  staleTime: 5 * 60_000,
});

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    meta: { showsProblems: true },
    mutationFn: ({ email, password }: { email: string; password: string }) => auth.login(email, password),
    onSuccess: (session) => client.setQueryData(key, remember(session)),
  });
}

export function useSignInByLink() {
  const client = useQueryClient();
  return useMutation({
    meta: { showsProblems: true },
    mutationFn: (token: string) => auth.link(token),
    onSuccess: (session) => client.setQueryData(key, remember(session)),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => auth.logout(),
    onSuccess: () => {
      // Nothing one person saw may be shown to the next one at this browser.
      client.clear();
      client.setQueryData(key, remember(null));
    },
  });
}

function remember<T extends Me | null>(session: T): T {
  setCsrfToken(session?.csrf_token ?? null);
  return session;
}
