import { type ApiProblem, problemFrom, unreachable } from "./problem.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface RequestOptions {
  query?: Record<string, string | number | null | undefined>;
  body?: unknown;
  ifMatch?: string | null;
  signal?: AbortSignal;
}

export interface Answer<T> {
  data: T;
  etag: string | null;
}

let csrfToken: string | null = null;
let onSessionLost: () => void = () => {};

/** Unsafe methods send this token, which every answer about the session carries anew. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Called when the server no longer knows the session, on any call but those that ask about it. */
export function whenSessionIsLost(listener: () => void): void {
  onSessionLost = listener;
}

/** One call of the HTTP interface. Rejects with `ApiProblem`, or with `AbortError` when aborted. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const response = await send(method, path, options);
  if (!response.ok) throw await refusal(response, path);
  const empty = response.status === 204 || response.headers.get("content-length") === "0";
  // The server's own OpenAPI document is what ties the path to the shape; nothing is checked again here.
  const data = (empty ? undefined : await response.json()) as T;
  return { data, etag: response.headers.get("etag") };
}

/** The content of a download, piece by piece. */
export async function open(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const response = await send("GET", path, { signal });
  if (!response.ok || !response.body) throw await refusal(response, path);
  return response.body;
}

async function refusal(response: Response, path: string): Promise<ApiProblem> {
  const problem = await problemFrom(response);
  if (problem.isUnauthenticated && !path.startsWith("/api/v1/auth/")) onSessionLost();
  return problem;
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const headers = new Headers({ accept: "application/json" });
  if (options.body !== undefined) headers.set("content-type", "application/json");
  if (options.ifMatch) headers.set("if-match", options.ifMatch);
  if (method !== "GET" && csrfToken) headers.set("x-csrf-token", csrfToken);
  try {
    return await fetch(withQuery(path, options.query), {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      credentials: "same-origin",
      signal: options.signal ?? null,
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw unreachable(cause);
  }
}

function withQuery(path: string, query: RequestOptions["query"]): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}
