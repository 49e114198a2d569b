import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { executions, workflows } from "../operations.ts";
import type { ExecuteInput, Execution, ExecutionStatus, Step } from "../types.ts";

export interface ExecutionFilter {
  status?: ExecutionStatus;
  workflowId?: string;
}

/** Steps beyond this many are not loaded: no page can show them usefully. */
export const stepLimit = 2000;

export const executionKeys = {
  lists: ["executions", "list"] as const,
  list: (filter: ExecutionFilter) => ["executions", "list", filter] as const,
  recent: ["executions", "recent"] as const,
  one: (id: string) => ["executions", "one", id] as const,
  steps: (id: string) => ["executions", "steps", id] as const,
};

export const isTerminal = (status: ExecutionStatus): boolean =>
  status === "succeeded" || status === "failed" || status === "cancelled" || status === "timed_out";

export const executionListQuery = (filter: ExecutionFilter) =>
  infiniteQueryOptions({
    queryKey: executionKeys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      executions.list({ status: filter.status, workflow_id: filter.workflowId, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => (isRefreshed(query.state.data) ? 4000 : false),
    // The next refresh is the next try.
    retry: false,
  });

/** Refreshing re-reads every loaded page, so a long list is refreshed by hand only. */
export const isRefreshed = (data: { pages: readonly unknown[] } | undefined): boolean => (data?.pages.length ?? 0) <= 2;

export interface RecentExecutions {
  items: readonly Execution[];
  /** Whether there are no others. */
  areAll: boolean;
}

/** The newest executions of all workflows: one cheap call that feeds the strips of the workflow list. */
export const recentExecutionsQuery = queryOptions({
  queryKey: executionKeys.recent,
  queryFn: async ({ signal }): Promise<RecentExecutions> => {
    const { items, next_cursor } = await executions.list({ limit: 200 }, signal);
    return { items, areAll: next_cursor === null };
  },
  refetchInterval: 10_000,
});

export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: executionKeys.one(id),
    queryFn: ({ signal }) => executions.get(id, signal),
    // The live stream is what moves the page; this only covers a stream that a proxy swallows.
    refetchInterval: (query) => {
      const status = query.state.data?.status;
      return status && !isTerminal(status) ? 5000 : false;
    },
  });

export const stepsQuery = (id: string) =>
  queryOptions({
    queryKey: executionKeys.steps(id),
    queryFn: async ({ signal }): Promise<Step[]> => {
      const steps: Step[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof executions.steps>> = await executions.steps(
          id,
          { cursor, limit: 1000 },
          signal,
        );
        steps.push(...page.items);
        cursor = page.next_cursor ?? null;
      } while (cursor && steps.length < stepLimit);
      return steps.slice(0, stepLimit);
    },
  });

export function useExecute() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ workflowId, body }: { workflowId: string; body: ExecuteInput }) =>
      workflows.execute(workflowId, { mode: "async", ...body }),
    onSuccess: () => invalidateLists(client),
  });
}

export function useCancelExecution() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => executions.cancel(id),
    onSettled: async (_answer, _problem, id) => {
      await client.invalidateQueries({ queryKey: executionKeys.one(id) });
      await invalidateLists(client);
    },
  });
}

export function useSignal() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ executionId, name, payload }: { executionId: string; name: string; payload: unknown }) =>
      executions.signal(executionId, name, payload),
    onSettled: (_answer, _problem, { executionId }) =>
      client.invalidateQueries({ queryKey: executionKeys.steps(executionId) }),
  });
}

export async function invalidateLists(client: QueryClient): Promise<void> {
  await client.invalidateQueries({ queryKey: executionKeys.lists });
  await client.invalidateQueries({ queryKey: executionKeys.recent });
}
