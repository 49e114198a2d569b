import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";
import type { Answer } from "../client.ts";
import { workflows } from "../operations.ts";
import type { Definition, Workflow, WorkflowInput } from "../types.ts";

/** A workflow as read, with the tag that a later save must present. */
export interface WorkflowDocument {
  workflow: Workflow;
  etag: string | null;
}

const keys = {
  all: ["workflows"] as const,
  list: ["workflows", "list"] as const,
  search: (q: string) => ["workflows", "search", q] as const,
  one: (id: string) => ["workflows", "one", id] as const,
  version: (id: string, version: number) => ["workflows", "version", id, version] as const,
};

export const workflowListQuery = infiniteQueryOptions({
  queryKey: keys.list,
  queryFn: ({ pageParam, signal }) => workflows.list({ cursor: pageParam, limit: 100 }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/**
 * The workflows that are loaded; with `whole`, the rest follows page by page. Who searches means all of them, not those that
 * happen to be here.
 */
export function useWorkflowList(whole: boolean) {
  const list = useInfiniteQuery(workflowListQuery);
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  const wantsMore = whole && hasNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (wantsMore && !isFetching) void fetchNextPage();
  }, [wantsMore, isFetching, fetchNextPage]);
  return { ...list, items: list.data?.pages.flatMap((page) => page.items) ?? [], wantsMore };
}

/** The newest workflows whose name or description holds a text, as many as a list to choose from can show. */
export const workflowSearchQuery = (q: string) =>
  queryOptions({
    queryKey: keys.search(q),
    queryFn: ({ signal }) => workflows.list({ q, limit: 50 }, signal),
    staleTime: 10_000,
  });

export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one(id),
    queryFn: async ({ signal }): Promise<WorkflowDocument> => {
      const { data, etag } = await workflows.get(id, signal);
      return { workflow: data, etag };
    },
  });

/** The definition as published under this number; it never changes again. */
export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: keys.version(id, version),
    queryFn: ({ signal }) => workflows.version(id, version, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function useCreateWorkflow() {
  const client = useQueryClient();
  return useMutation({
    meta: { showsProblems: true },
    mutationFn: (body: WorkflowInput) => workflows.create(body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.list }),
  });
}

export function useSaveWorkflow(id: string) {
  const client = useQueryClient();
  return useMutation({
    meta: { showsProblems: true },
    mutationFn: ({ body, etag }: { body: WorkflowInput; etag: string | null }) => workflows.put(id, body, etag),
    onSuccess: (answer) => keep(client, answer),
  });
}

/** Makes the saved draft the live version, if it is still the one that was read. */
export function usePublishWorkflow(id: string) {
  const client = useQueryClient();
  return useMutation({
    meta: { showsProblems: true },
    mutationFn: (etag: string | null) => workflows.publish(id, etag),
    onSuccess: (answer) => keep(client, answer),
  });
}

async function keep(client: QueryClient, { data: workflow, etag }: Answer<Workflow>): Promise<void> {
  client.setQueryData(keys.one(workflow.id), { workflow, etag });
  await client.invalidateQueries({ queryKey: keys.list });
}

export function useValidateDefinition() {
  return useMutation({ mutationFn: (definition: Definition) => workflows.validate(definition) });
}
