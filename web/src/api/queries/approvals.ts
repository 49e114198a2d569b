import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { approvals } from "../operations.ts";
import type { DecisionInput } from "../types.ts";

/** `mine` are the open ones that name whoever asks. */
export type ApprovalFilter = "open" | "mine" | "all";

const keys = { lists: ["approvals", "list"] as const };

const queries = {
  open: { status: "open" },
  mine: { status: "open", assignee: "me" },
  all: { status: "all" },
} as const;

export const approvalListQuery = (filter: ApprovalFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.lists, filter],
    queryFn: ({ pageParam, signal }) => approvals.list({ ...queries[filter], cursor: pageParam, limit: 50 }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: 5000,
    // The next refresh is the next try.
    retry: false,
  });

export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: DecisionInput }) => approvals.decide(id, body),
    // Also when somebody else was faster: the list then says who.
    onSettled: () => client.invalidateQueries({ queryKey: keys.lists }),
  });
}
