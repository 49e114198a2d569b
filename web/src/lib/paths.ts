import type { LinkOptions } from "@tanstack/react-router";
import type { ExecutionStatus } from "~/api/types.ts";

/** Every address inside the product, as link options; nothing else spells a path. */
export const paths = {
  login: (next?: string) => ({ to: "/login", search: next ? { next } : {} }) satisfies LinkOptions,
  workflows: () => ({ to: "/workflows", search: {} }) satisfies LinkOptions,
  workflow: (id: string, search: { execution?: string; node?: string } = {}) =>
    ({ to: "/workflows/$id", params: { id }, search }) satisfies LinkOptions,
  workflowExecutions: (id: string) =>
    ({ to: "/workflows/$id/executions", params: { id }, search: {} }) satisfies LinkOptions,
  workflowJson: (id: string) => ({ to: "/workflows/$id/json", params: { id } }) satisfies LinkOptions,
  executions: (search: { status?: ExecutionStatus; workflow?: string } = {}) =>
    ({ to: "/executions", search }) satisfies LinkOptions,
  approvals: () => ({ to: "/approvals", search: {} }) satisfies LinkOptions,
  execution: (id: string, search: { node?: string } = {}) =>
    ({ to: "/executions/$id", params: { id }, search }) satisfies LinkOptions,
};
