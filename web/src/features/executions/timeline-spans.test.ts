import { expect, test } from "vitest";
import type { Execution, Step } from "~/api/types.ts";
import { type Graph, graphOf } from "~/graph/document.ts";
import { nodeStates } from "~/graph/node-states.ts";
import { blockTypes } from "~/graph/test-types.ts";
import { frameOf, ticks, timelineRows } from "./timeline-spans.ts";

const at = (ms: number) => new Date(Date.UTC(2026, 10, 20) + ms).toISOString();
const now = Date.parse(at(1000));
const execution = { created_at: at(0), started_at: at(0), finished_at: at(1000) } as Execution;
const step = (node_id: string, from: number, to: number | null, more: Partial<Step> = {}): Step => ({
  node_id,
  iteration: [],
  type: "",
  status: to === null ? "running" : "succeeded",
  attempt: 1,
  started_at: at(from),
  finished_at: to === null ? null : at(to),
  duration_ms: to === null ? null : to - from,
  ...more,
});

const rows = (of: Execution, steps: readonly Step[], graph: Graph | null = null) =>
  timelineRows({
    steps,
    bodies: graph?.bodies ?? null,
    states: nodeStates({ graph, steps, execution: of }),
    frame: frameOf(of, steps, now),
    nowMs: now,
  });

test("bars are shares of the time the execution took", () => {
  const steps = [step("a", 0, 250), step("b", 250, 500)];
  const found = rows(execution, steps);
  expect(found.map(({ nodeId, spans }) => [nodeId, spans[0]?.start, spans[0]?.width])).toEqual([
    ["a", 0, 0.25],
    ["b", 0.25, 0.25],
  ]);
});

test("what still runs reaches to now, what was skipped has no bar", () => {
  const running = { ...execution, finished_at: null };
  const steps = [step("a", 500, null), step("s", 500, 500, { status: "skipped" })];
  const found = rows(running, steps);
  expect(found[0]?.spans[0]).toMatchObject({ start: 0.5, width: 0.5 });
  expect(found[1]).toMatchObject({ nodeId: "s", spans: [], status: "skipped" });
});

test("rows keep the order of the journal, and nothing begins before what led to it", () => {
  const steps = [step("quick", 200, 200), step("delay", 0, 600), step("call", 100, 1000), step("late", 800, 800)];
  const found = rows(execution, steps);
  expect(found.map(({ nodeId, spans }) => [nodeId, spans[0]?.start])).toEqual([
    ["quick", 0.2],
    ["delay", 0.2],
    ["call", 0.2],
    ["late", 0.8],
  ]);
});

test("attempts share a row, and the last one names it", () => {
  const steps = [step("a", 0, 100, { status: "failed" }), step("a", 300, 400, { attempt: 2 })];
  const [row] = rows(execution, steps);
  expect(row).toMatchObject({ status: "succeeded", attempts: 2, tookMs: 200 });
  expect(row).toMatchObject({ rounds: 1, spans: [{}, {}] });
});

test("rounds of a loop are counted", () => {
  const steps = [step("a", 0, 100, { iteration: [0] }), step("a", 100, 200, { iteration: [1] })];
  expect(rows(execution, steps)).toMatchObject([{ rounds: 2, attempts: 1 }]);
});

test("a block stands above what it runs, and its pauses are part of its bar", () => {
  const graph = graphOf(
    {
      nodes: ["first", "again", "ask", "last"].map((id) => ({ id, type: id === "again" ? "retry" : "number" })),
      edges: [
        { source: "first", target: "again" },
        { source: "again", target: "ask", sourceHandle: "body" },
        { source: "again", target: "last", sourceHandle: "done" },
      ],
    },
    new Map(blockTypes),
  );
  const running = { ...execution, status: "running", finished_at: null } as Execution;
  const steps = [
    step("first", 0, 100),
    step("ask", 100, 200, { iteration: [0], status: "failed" }),
    step("again", 200, 400, { iteration: [1] }),
    step("ask", 400, null, { iteration: [1] }),
  ];
  const brief = (of: Execution, some: Step[]) =>
    rows(of, some, graph).map(({ nodeId, depth, rounds, spans }) => [nodeId, depth, rounds, spans.length]);
  expect(brief(running, steps)).toEqual([
    ["first", 0, 1, 1],
    ["again", 0, 1, 1],
    ["ask", 1, 2, 2],
  ]);
  const over = [
    ...steps.slice(0, 3),
    step("ask", 400, 500, { iteration: [1] }),
    step("again", 100, 500),
    step("last", 500, 600),
  ];
  expect(brief(execution, over)).toEqual([
    ["first", 0, 1, 1],
    ["again", 0, 1, 1],
    ["ask", 1, 2, 2],
    ["last", 0, 1, 1],
  ]);
  expect(rows(execution, over, graph)[1]?.spans[0]).toMatchObject({ start: 0.1, width: 0.4 });
});

test("a loop that has no step yet has a bar from its first round to now", () => {
  const graph = graphOf(
    {
      nodes: [
        { id: "each", type: "for_each" },
        { id: "x", type: "number" },
      ],
      edges: [{ source: "each", target: "x", sourceHandle: "body" }],
    },
    new Map(blockTypes),
  );
  const running = { ...execution, status: "running", finished_at: null } as Execution;
  const found = rows(running, [step("x", 500, null, { iteration: [0] })], graph);
  expect(found[0]).toMatchObject({ nodeId: "each", status: "running", spans: [{ start: 0.5, width: 0.5 }] });
});

test.each([
  [4, [0, 1, 2, 3]],
  [850, [0, 500]],
  [2500, [0, 1000, 2000]],
  [60_000, [0, 20_000, 40_000]],
  [1_782_000, [0, 600_000, 1_200_000]],
  [8 * 3_600_000, [0, 7_200_000, 14_400_000, 21_600_000]],
  [864_000_000, [0, 432_000_000]],
])("marks for %d ms", (length, marks) => expect(ticks(length)).toEqual(marks));
