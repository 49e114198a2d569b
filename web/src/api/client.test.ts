import { afterEach, expect, test, vi } from "vitest";
import { request, setCsrfToken, whenSessionIsLost } from "./client.ts";
import { auth, executions, workflows } from "./operations.ts";
import { ApiProblem } from "./problem.ts";

/** Answers every call alike, and keeps what was asked. */
function serverAnswers(status: number, body: unknown, headers: Record<string, string> = {}): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push(new Request(new URL(path, "http://thaiyyal.test"), init));
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return new Response(status === 204 ? null : text, { status, headers });
  });
  return asked;
}
const problem = (status: number, code: string, more: object = {}) => ({ type: "", title: code, status, code, ...more });
afterEach(() => {
  vi.unstubAllGlobals();
  setCsrfToken(null);
  whenSessionIsLost(() => {});
});

const problemOf = (call: Promise<unknown>): Promise<ApiProblem> =>
  call.then(
    () => Promise.reject(new Error("it was expected to fail")),
    (error: unknown) => (error instanceof ApiProblem ? error : Promise.reject(error)),
  );

test("requests that change something carry the token of the session, others do not", async () => {
  const asked = serverAnswers(202, {});
  setCsrfToken("secret");
  await workflows.execute("w/1", { input: 3 });
  await executions.list({ status: "failed", cursor: null });
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "POST http://thaiyyal.test/api/v1/workflows/w%2F1/execute",
    "GET http://thaiyyal.test/api/v1/executions?status=failed",
  ]);
  expect(asked.map(({ headers }) => headers.get("x-csrf-token"))).toEqual(["secret", null]);
  expect(await asked[0]?.json()).toEqual({ input: 3 });
});

test("a lost session is told, a refused sign-in is not", async () => {
  const lost = vi.fn();
  whenSessionIsLost(lost);
  serverAnswers(401, problem(401, "unauthenticated"));
  expect(await problemOf(auth.login("owner@localhost", "wrong"))).toMatchObject({ status: 401 });
  expect(lost).not.toHaveBeenCalled();
  expect((await problemOf(workflows.list({}))).isUnauthenticated).toBe(true);
  expect(lost).toHaveBeenCalledOnce();
});

test("a save presents the tag that was read, and a newer one is a conflict", async () => {
  serverAnswers(200, { id: "w" }, { etag: '"7"' });
  const { etag } = await workflows.get("w");
  const asked = serverAnswers(412, problem(412, "revision_mismatch"));
  expect((await problemOf(workflows.put("w", { name: "x", definition: {} }, etag))).isConflict).toBe(true);
  expect(asked[0]?.headers.get("if-match")).toBe('"7"');
});

test("every problem of a definition comes along", async () => {
  const errors = [
    { pointer: "/definition/nodes/0/data/expression", code: "missing_field", detail: "is required", node_id: "a" },
    { pointer: "/definition/edges/0/target", code: "unknown_target", detail: "there is no node b" },
  ];
  serverAnswers(422, problem(422, "invalid_definition", { errors }));
  expect((await problemOf(workflows.create({ name: "x", definition: {} }))).errors).toEqual(errors);
});

test("an answer without content is no answer that cannot be read", async () => {
  serverAnswers(204, "");
  await expect(auth.logout()).resolves.toBeUndefined();
});

test("an answer that is not a problem document is still a problem", async () => {
  serverAnswers(502, "<html>", { "x-request-id": "r-1" });
  expect(await problemOf(request("GET", "/broken"))).toMatchObject({ status: 502, code: "http_502", requestId: "r-1" });
});

test("no answer at all has its own code", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
  expect(await problemOf(request("GET", "/gone"))).toMatchObject({ status: 0, code: "unreachable" });
});
