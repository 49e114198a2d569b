import { MutationCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import { toast } from "~/ui/toast.tsx";

/** Reads are retried only when the server may answer otherwise next time; writes never are. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    mutationCache: new MutationCache({
      onError: (error, _variables, _context, mutation) => {
        // A form that shows its own problems says so.
        if (!mutation.meta?.showsProblems) toast({ tone: "bad", ...problemText(error) });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 2000,
        retry: (failures, error) => failures < 3 && isPassing(error),
      },
    },
  });
}

const isPassing = (error: Error): boolean =>
  error instanceof ApiProblem && (error.status === 0 || error.status === 429 || error.status >= 500);
