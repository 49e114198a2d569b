import type { Problem, ProblemItem } from "./types.ts";

/** A refusal or failure of the server, as its `application/problem+json` answer told it. */
export class ApiProblem extends Error {
  readonly status: number;
  /** The stable code of the problem; `unreachable` when no answer came at all. */
  readonly code: string;
  readonly detail: string | null;
  readonly errors: ProblemItem[];
  readonly requestId: string | null;

  constructor(problem: Omit<Problem, "type">) {
    super(problem.detail ?? problem.title);
    this.name = "ApiProblem";
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail ?? null;
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id ?? null;
  }

  get isUnauthenticated(): boolean {
    return this.status === 401;
  }
  get isMissing(): boolean {
    return this.status === 404;
  }
  /** Someone else saved first: the `If-Match` tag is no longer the current one. */
  get isConflict(): boolean {
    return this.status === 412 || this.status === 409;
  }
}

/** Reads the problem out of an answer that was not a success, whatever its body looks like. */
export async function problemFrom(response: Response): Promise<ApiProblem> {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const body: unknown = await response.json().catch(() => null);
  const told = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return new ApiProblem({
    ...told,
    status: response.status,
    code: told.code ?? `http_${response.status}`,
    title: told.title ?? (response.statusText || `HTTP ${response.status}`),
    request_id: told.request_id ?? requestId,
  });
}

export function unreachable(cause: unknown): ApiProblem {
  const problem = new ApiProblem({ status: 0, code: "unreachable", title: "The server did not answer" });
  problem.cause = cause;
  return problem;
}
