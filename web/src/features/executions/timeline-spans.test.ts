import { expect, test } from "vitest";
import type { Execution, Step } from "~/api/types.ts";
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

test("bars are shares of the time the execution took", () => {
  const steps = [step("a", 0, 250), step("b", 250, 500)];
  const rows = timelineRows(steps, frameOf(execution, steps, now), now);
  expect(rows.map(({ nodeId, spans }) => [nodeId, spans[0]?.start, spans[0]?.width])).toEqual([
    ["a", 0, 0.25],
    ["b", 0.25, 0.25],
  ]);
});

test("what still runs reaches to now, what was skipped has no bar", () => {
  const running = { ...execution, finished_at: null };
  const steps = [step("a", 500, null), step("s", 500, 500, { status: "skipped" })];
  const rows = timelineRows(steps, frameOf(running, steps, now), now);
  expect(rows[0]?.spans[0]).toMatchObject({ start: 0.5, width: 0.5 });
  expect(rows[1]).toMatchObject({ nodeId: "s", spans: [], status: "skipped" });
});

test("rows keep the order of the journal, and nothing begins before what led to it", () => {
  const steps = [step("quick", 200, 200), step("delay", 0, 600), step("call", 100, 1000), step("late", 800, 800)];
  const rows = timelineRows(steps, frameOf(execution, steps, now), now);
  expect(rows.map(({ nodeId, spans }) => [nodeId, spans[0]?.start])).toEqual([
    ["quick", 0.2],
    ["delay", 0.2],
    ["call", 0.2],
    ["late", 0.8],
  ]);
});

test("attempts share a row, and the last one names it", () => {
  const steps = [step("a", 0, 100, { status: "failed" }), step("a", 300, 400, { attempt: 2 })];
  const [row] = timelineRows(steps, frameOf(execution, steps, now), now);
  expect(row).toMatchObject({ status: "succeeded", attempts: 2, tookMs: 200 });
  expect(row).toMatchObject({ iterations: 1, spans: [{}, {}] });
});

test("rounds of a loop are counted", () => {
  const steps = [step("a", 0, 100, { iteration: [0] }), step("a", 100, 200, { iteration: [1] })];
  expect(timelineRows(steps, frameOf(execution, steps, now), now)).toMatchObject([{ iterations: 2, attempts: 1 }]);
});

test.each([
  [4, [0, 1, 2, 3]],
  [850, [0, 500]],
  [2500, [0, 1000, 2000]],
  [60_000, [0, 20_000, 40_000]],
])("marks for %d ms", (length, marks) => expect(ticks(length)).toEqual(marks));
