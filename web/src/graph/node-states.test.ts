import { expect, test } from "vitest";
import type { Step } from "~/api/types.ts";
import { graphOf } from "./document.ts";
import { edgeState, nodeStates, progress } from "./node-states.ts";

const step = (node_id: string, status: Step["status"], more: Partial<Step> = {}): Step => ({
  node_id,
  status,
  iteration: [],
  type: "",
  attempt: 1,
  started_at: "2026-11-20T06:00:00.000Z",
  finished_at: null,
  duration_ms: 2,
  ...more,
});
const edge = (handle: string | null = null) => ({ id: "e", source: "a", target: "b", handle });

test("the latest attempt decides", () => {
  const states = nodeStates([step("a", "failed"), step("a", "succeeded", { attempt: 2, output: [1, 2, 3] })]);
  expect(states.get("a")).toMatchObject({ status: "succeeded", attempts: 2, iterations: 1, items: 3 });
});

test("among iterations the one that failed is seen", () => {
  const states = nodeStates([
    step("a", "succeeded", { iteration: [0] }),
    step("a", "failed", { iteration: [1], error: { code: "x", message: "no" } }),
    step("a", "running", { iteration: [2], duration_ms: null }),
  ]);
  expect(states.get("a")).toMatchObject({ status: "failed", iterations: 3, durationMs: 4, error: { code: "x" } });
});

test.each([
  [[], null, "idle"],
  [[step("a", "running")], null, "idle"],
  [[step("a", "succeeded")], null, "idle"],
  [[step("a", "succeeded"), step("b", "running")], null, "running"],
  [[step("a", "succeeded"), step("b", "waiting")], null, "waiting"],
  [[step("a", "succeeded"), step("b", "failed")], null, "sewn"],
  [[step("a", "succeeded"), step("b", "skipped")], null, "skipped"],
  [[step("a", "failed")], null, "skipped"],
  [[step("a", "succeeded", { output: { path: "true" } }), step("b", "succeeded")], "true", "sewn"],
  [[step("a", "succeeded", { output: { path: "true" } }), step("b", "succeeded")], "false", "skipped"],
  [[step("a", "succeeded", { output: { output_path: "big" } }), step("b", "succeeded")], "small", "skipped"],
] as const)("an edge after %j by %j is %s", (steps, handle, state) => {
  expect(edgeState(edge(handle), nodeStates(steps))).toBe(state);
});

test("progress counts what needs nothing more", () => {
  const graph = graphOf({ nodes: ["a", "b", "c", "d"].map((id) => ({ id, type: "number" })) }, new Map());
  const states = nodeStates([step("a", "succeeded"), step("b", "running"), step("c", "skipped")]);
  expect(progress(graph, states)).toEqual({ done: 2, total: 4 });
});
