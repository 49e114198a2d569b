import { type Answer, request } from "./client.ts";
import type {
  AcceptedExecution,
  Approval,
  ApprovalPage,
  DecisionInput,
  Definition,
  ExecuteInput,
  Execution,
  ExecutionPage,
  Me,
  NodeTypes,
  StepPage,
  Verdict,
  Workflow,
  WorkflowInput,
  WorkflowPage,
  WorkflowVersion,
} from "./types.ts";

/** One function per endpoint the pages use, so that paths are written down once. */

const v1 = "/api/v1";
const seg = encodeURIComponent;
const data = <T>(answer: Promise<Answer<T>>): Promise<T> => answer.then((a) => a.data);

export const auth = {
  me: (signal?: AbortSignal) => data(request<Me>("GET", `${v1}/auth/me`, { signal })),
  login: (email: string, password: string) =>
    data(request<Me>("POST", `${v1}/auth/login`, { body: { email, password } })),
  link: (token: string) => data(request<Me>("POST", `${v1}/auth/link`, { body: { token } })),
  logout: () => data(request<void>("POST", `${v1}/auth/logout`)),
};

export const workflows = {
  list: (query: { q?: string; cursor?: string | null; limit?: number }, signal?: AbortSignal) =>
    data(request<WorkflowPage>("GET", `${v1}/workflows`, { query, signal })),
  get: (id: string, signal?: AbortSignal) => request<Workflow>("GET", `${v1}/workflows/${seg(id)}`, { signal }),
  create: (body: WorkflowInput) => request<Workflow>("POST", `${v1}/workflows`, { body }),
  put: (id: string, body: WorkflowInput, ifMatch: string | null) =>
    request<Workflow>("PUT", `${v1}/workflows/${seg(id)}`, { body, ifMatch }),
  publish: (id: string, ifMatch: string | null) =>
    request<Workflow>("POST", `${v1}/workflows/${seg(id)}/publish`, { ifMatch }),
  version: (id: string, version: number, signal?: AbortSignal) =>
    data(request<WorkflowVersion>("GET", `${v1}/workflows/${seg(id)}/versions/${version}`, { signal })),
  execute: (id: string, body: ExecuteInput) =>
    data(request<AcceptedExecution>("POST", `${v1}/workflows/${seg(id)}/execute`, { body })),
  validate: (definition: Definition) =>
    data(request<Verdict>("POST", `${v1}/workflow/validate`, { body: { definition } })),
};

export const approvals = {
  list: (
    query: { status?: "open" | "all"; assignee?: "me"; cursor?: string | null; limit?: number },
    signal?: AbortSignal,
  ) => data(request<ApprovalPage>("GET", `${v1}/approvals`, { query, signal })),
  decide: (id: string, body: DecisionInput) =>
    data(request<Approval>("POST", `${v1}/approvals/${seg(id)}/decide`, { body })),
};

export interface ExecutionQuery {
  status?: string;
  workflow_id?: string;
  cursor?: string | null;
  limit?: number;
}

export const executions = {
  list: (query: ExecutionQuery, signal?: AbortSignal) =>
    data(request<ExecutionPage>("GET", `${v1}/executions`, { query: { ...query }, signal })),
  get: (id: string, signal?: AbortSignal) => data(request<Execution>("GET", `${v1}/executions/${seg(id)}`, { signal })),
  steps: (id: string, query: { cursor?: string | null; limit?: number }, signal?: AbortSignal) =>
    data(request<StepPage>("GET", `${v1}/executions/${seg(id)}/steps`, { query, signal })),
  cancel: (id: string) => data(request<unknown>("POST", `${v1}/executions/${seg(id)}/cancel`)),
  signal: (id: string, name: string, payload: unknown) =>
    data(request<unknown>("POST", `${v1}/executions/${seg(id)}/signals/${seg(name)}`, { body: payload })),
  eventsPath: (id: string) => `${v1}/executions/${seg(id)}/events`,
};

export const nodeTypes = {
  list: (signal?: AbortSignal) => data(request<NodeTypes>("GET", `${v1}/node-types`, { signal })),
};
