import { expect, test } from "vitest";
import { stepLimit } from "~/api/queries/executions.ts";
import type { DefinitionEdge, Execution, Step } from "~/api/types.ts";
import { type Graph, graphOf } from "./document.ts";
import { edgeState, isOutputUsed, nodeStates, progress } from "./node-states.ts";
import { blockTypes, describe, values } from "./test-types.ts";

const types = new Map([
  ...blockTypes,
  describe("condition", "Condition", { outputs: values("true", "false") }),
  describe("approval", "Approval", { outputs: values("approved", "rejected") }),
]);
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
const inRound = (round: number, node_id: string, status: Step["status"], more: Partial<Step> = {}) =>
  step(node_id, status, { iteration: [round], ...more });

function graph(nodes: Record<string, string>, edges: readonly DefinitionEdge[]): Graph {
  return graphOf(
    { nodes: Object.entries(nodes).map(([id, type]) => ({ id, type, data: {} })), edges: [...edges] },
    types,
  );
}
const alone = graph({ a: "number", b: "number" }, [{ source: "a", target: "b" }]);
const loop = graph({ list: "number", each: "for_each", x: "number", y: "number", end: "number" }, [
  { source: "list", target: "each" },
  { source: "each", target: "x", sourceHandle: "body" },
  { source: "x", target: "y" },
  { source: "each", target: "end", sourceHandle: "done" },
]);
const running = { status: "running", error: null } as Execution;
const ended = (status: Execution["status"], node_id?: string) =>
  ({ status, error: node_id ? { code: "x", message: "no", node_id } : null }) as Execution;

const statesOf = (steps: readonly Step[], of: Graph = alone, execution: Execution | null = null) =>
  nodeStates({ graph: of, steps, execution });
const brief = (steps: readonly Step[], of: Graph, execution: Execution | null) =>
  Object.fromEntries([...statesOf(steps, of, execution)].map(([id, { status }]) => [id, status]));

test("the latest attempt decides", () => {
  const states = statesOf([step("a", "failed"), step("a", "succeeded", { attempt: 2, output: [1, 2, 3] })]);
  expect(states.get("a")).toMatchObject({ status: "succeeded", attempts: 2, rounds: 1, items: 3 });
});

test("of several rounds, what happens now comes before what failed, and that before the rest", () => {
  const failed = [inRound(0, "x", "succeeded"), inRound(1, "x", "failed"), inRound(2, "x", "skipped")];
  expect(statesOf(failed, loop).get("x")).toMatchObject({ status: "failed", rounds: 3, durationMs: 6 });
  const now = statesOf([...failed, inRound(3, "x", "running", { duration_ms: null })], loop).get("x");
  expect(now).toMatchObject({ status: "running", counts: { running: 1, failed: 1, succeeded: 1, skipped: 1 } });
});

test("a block is at work from the first step in its body to its own", () => {
  const inside = [step("list", "succeeded"), inRound(0, "x", "succeeded"), inRound(0, "y", "running")];
  expect(brief(inside, loop, running)).toEqual({ list: "succeeded", x: "succeeded", y: "running", each: "running" });
  const asleep = [inRound(0, "x", "waiting")];
  expect(brief(asleep, loop, running)).toEqual({ x: "waiting", each: "waiting" });
  const over = [inRound(0, "x", "succeeded"), inRound(0, "y", "succeeded"), step("each", "succeeded")];
  expect(brief(over, loop, running)).toEqual({ x: "succeeded", y: "succeeded", each: "succeeded" });
});

test("what no round of a block reached is skipped once the block is over", () => {
  const steps = [inRound(0, "x", "failed"), step("each", "succeeded"), step("end", "succeeded")];
  expect(brief(steps.slice(0, 1), loop, running)).toEqual({ x: "failed", each: "running" });
  expect(brief(steps, loop, running)).toEqual({ x: "failed", each: "succeeded", end: "succeeded", y: "skipped" });
});

test("pauses of a block are part of it, not rounds of it", () => {
  const retry = graph({ r: "retry", x: "number" }, [{ source: "r", target: "x", sourceHandle: "body" }]);
  const tried = [inRound(0, "x", "failed"), inRound(1, "r", "waiting", { duration_ms: null })];
  expect(statesOf(tried, retry, running).get("r")).toMatchObject({ status: "waiting", rounds: 1 });
  const over = [inRound(0, "x", "failed"), inRound(1, "r", "succeeded"), inRound(1, "x", "succeeded")];
  expect(statesOf([...over, step("r", "succeeded")], retry, running).get("r")).toMatchObject({
    status: "succeeded",
    rounds: 1,
  });
  expect(statesOf(over, retry, running).get("r")?.status).toBe("running");
});

test("loops in loops have rounds of rounds", () => {
  const nested = graph({ f: "for_each", g: "for_each", x: "number" }, [
    { source: "f", target: "g", sourceHandle: "body" },
    { source: "g", target: "x", sourceHandle: "body" },
  ]);
  const at = (node_id: string, ...iteration: number[]) => step(node_id, "succeeded", { iteration });
  const steps = [at("x", 0, 0), at("x", 0, 1), at("g", 0), at("x", 1, 0)];
  const states = statesOf(steps, nested, running);
  expect(states.get("x")).toMatchObject({ rounds: 3, status: "succeeded" });
  expect(states.get("g")).toMatchObject({ rounds: 2, counts: { succeeded: 1, running: 1 } });
  expect(states.get("f")).toMatchObject({ rounds: 1, status: "running" });
});

test("a failure is caught unless the execution failed with it", () => {
  const steps = [inRound(0, "x", "failed"), step("each", "failed")];
  const isCaught = (execution: Execution) =>
    ["x", "each"].map((id) => statesOf(steps, loop, execution).get(id)?.isCaught);
  expect(isCaught(ended("succeeded"))).toEqual([true, true]);
  expect(isCaught(ended("failed", "x"))).toEqual([false, false]);
  expect(isCaught(ended("failed", "each"))).toEqual([true, false]);
});

test("when the execution has ended, so have the blocks that were at work", () => {
  const steps = [inRound(0, "x", "succeeded"), inRound(0, "y", "cancelled")];
  expect(brief(steps, loop, ended("cancelled"))).toEqual({ x: "succeeded", y: "cancelled", each: "cancelled" });
});

test("nodes whose steps are too many to be loaded are known by their results", () => {
  const execution = { ...ended("succeeded"), node_results: { each: {}, end: [1, 2] } } as Execution;
  const many = Array.from({ length: stepLimit }, (_, round) => inRound(round, "x", "succeeded"));
  const states = statesOf(many, loop, execution);
  expect(states.get("end")).toMatchObject({ status: "succeeded", items: 2 });
  expect(states.get("each")).toMatchObject({ status: "succeeded", rounds: 1 });
  expect(states.get("y"), "whether it was reached is not known").toBeUndefined();
  // As long as no step is loaded, nothing is told.
  expect(statesOf([], loop, execution).size).toBe(0);
});

test("without a definition, the steps alone tell", () => {
  const steps = [inRound(0, "x", "succeeded"), inRound(1, "x", "failed"), step("each", "succeeded")];
  const states = nodeStates({ graph: null, steps, execution: ended("succeeded") });
  expect([states.get("x")?.rounds, states.get("each")?.rounds]).toEqual([2, 1]);
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
  const edge = { id: "e", source: "a", target: "b", handle, role: "value" as const };
  expect(edgeState(edge, statesOf(steps))).toBe(state);
});

test("edges into a body and out of some rounds carried something, those after a failure did not", () => {
  const states = (steps: Step[]) => {
    const all = statesOf(steps, loop, running);
    return Object.fromEntries(loop.edges.map((edge) => [`${edge.source} to ${edge.target}`, edgeState(edge, all)]));
  };
  const first = [step("list", "succeeded"), inRound(0, "x", "succeeded"), inRound(0, "y", "running")];
  expect(states(first)).toEqual({
    "list to each": "running",
    "each to x": "sewn",
    "x to y": "running",
    "each to end": "idle",
  });
  const some = [
    step("list", "succeeded"),
    inRound(0, "x", "succeeded"),
    inRound(1, "x", "failed"),
    inRound(0, "y", "succeeded"),
  ];
  expect(states([...some, step("each", "succeeded"), step("end", "succeeded")])).toEqual({
    "list to each": "sewn",
    "each to x": "sewn",
    "x to y": "sewn",
    "each to end": "sewn",
  });
});

test("a failure goes its own way, and no other", () => {
  const route = graph({ a: "number", b: "number", c: "number" }, [
    { source: "a", target: "b" },
    { source: "a", target: "c", sourceHandle: "on_error" },
  ]);
  const states = (steps: Step[]) => route.edges.map((edge) => edgeState(edge, statesOf(steps, route, running)));
  expect(states([step("a", "failed"), step("b", "skipped"), step("c", "succeeded")])).toEqual(["skipped", "failed"]);
  expect(states([step("a", "succeeded"), step("b", "succeeded"), step("c", "skipped")])).toEqual(["sewn", "skipped"]);
});

test("an output was used when its result chose it, or when somebody behind it was reached", () => {
  const used = (type: string, steps: Step[]) => {
    const forked = graph({ a: type, b: "number", c: "number" }, [
      { source: "a", target: "b", sourceHandle: type === "condition" ? "true" : "approved" },
      { source: "a", target: "c", sourceHandle: type === "condition" ? "false" : "rejected" },
    ]);
    const states = statesOf(steps, forked);
    const node = forked.nodes[0];
    return node?.outputs.flatMap((port) => (isOutputUsed(node, port, states) ? [port.handle] : []));
  };
  const chosen = [step("a", "succeeded", { output: { path: "true" } }), step("b", "succeeded"), step("c", "skipped")];
  expect(used("condition", chosen)).toEqual(["true"]);
  const asked = [step("a", "succeeded", { output: {} }), step("b", "skipped"), step("c", "succeeded")];
  expect(used("approval", asked)).toEqual(["rejected"]);
});

test("progress counts what needs nothing more, and a body only when its block is over", () => {
  const steps = [step("list", "succeeded"), inRound(0, "x", "succeeded"), inRound(0, "y", "succeeded")];
  const count = (some: Step[]) => progress(loop, statesOf(some, loop, running));
  expect(count(steps)).toEqual({ done: 1, total: 5 });
  expect(count([...steps, step("each", "succeeded")])).toEqual({ done: 4, total: 5 });
});
