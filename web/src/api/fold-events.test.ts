import { expect, test } from "vitest";
import { foldExecution, foldSteps, type NamedEvent } from "./fold-events.ts";
import type { Execution, ExecutionEvent, ExecutionEventName, Step } from "./types.ts";

let seq = 0;
const statuses: Record<ExecutionEventName, ExecutionEvent["status"]> = {
  execution_started: "running",
  step_started: "running",
  step_waiting: "waiting",
  step_succeeded: "succeeded",
  step_failed: "failed",
  step_skipped: "skipped",
  execution_finished: "succeeded",
};
const happen = (name: ExecutionEventName, event: Partial<ExecutionEvent> = {}): NamedEvent => {
  seq += 1;
  const at = `2026-11-20T06:00:0${seq % 10}.000Z`;
  return { name, event: { seq, at, execution_id: "x", status: statuses[name], ...event } };
};
const brief = (steps: Step[]) => steps.map((s) => `${s.node_id}${s.iteration.join(".")}#${s.attempt} ${s.status}`);

test("steps come and end", () => {
  const steps = foldSteps(
    [],
    [
      happen("step_started", { node_id: "a", attempt: 1 }),
      happen("step_succeeded", { node_id: "a", attempt: 1, output: 5, duration_ms: 4 }),
      happen("step_started", { node_id: "b", attempt: 1 }),
      happen("step_skipped", { node_id: "c", attempt: 1 }),
    ],
  );
  expect(brief(steps)).toEqual(["a#1 succeeded", "b#1 running", "c#1 skipped"]);
  expect(steps[0]).toMatchObject({ output: 5, duration_ms: 4 });
});

test("attempts and iterations are steps of their own", () => {
  const steps = foldSteps(
    [],
    [
      happen("step_failed", { node_id: "a", attempt: 1 }),
      happen("step_started", { node_id: "a", attempt: 2 }),
      happen("step_started", { node_id: "a", attempt: 1, iteration: [3, 0] }),
    ],
  );
  expect(brief(steps)).toEqual(["a#1 failed", "a#2 running", "a3.0#1 running"]);
});

test("an event that comes again or late does not bring an ended step back", () => {
  const started = happen("step_started", { node_id: "a", attempt: 1 });
  const ended = happen("step_succeeded", { node_id: "a", attempt: 1, output: null });
  expect(brief(foldSteps([], [started, ended, started, ended]))).toEqual(["a#1 succeeded"]);
});

test("what is known from the record is kept", () => {
  const [recorded] = foldSteps([], [happen("step_started", { node_id: "a" })]);
  const steps = foldSteps(
    [{ ...(recorded as Step), type: "http", input: 1 }],
    [happen("step_succeeded", { node_id: "a", output: 2 })],
  );
  expect(steps).toMatchObject([{ type: "http", input: 1, output: 2, status: "succeeded" }]);
});

test("a step that is heard of when it ends began before that", () => {
  const [step] = foldSteps(
    [],
    [happen("step_succeeded", { node_id: "a", at: "2026-11-20T06:00:05.000Z", duration_ms: 602 })],
  );
  expect(step).toMatchObject({ started_at: "2026-11-20T06:00:04.398Z", finished_at: "2026-11-20T06:00:05.000Z" });
});

test("a step that waits says for what, until it goes on", () => {
  const waiting = happen("step_waiting", { node_id: "a", reason: "timer", wake_at: "2026-11-20T06:00:09.000Z" });
  const [step] = foldSteps([], [waiting]);
  expect(step).toMatchObject({ status: "waiting", reason: "timer", wake_at: "2026-11-20T06:00:09.000Z" });
  const [ended] = foldSteps(step ? [step] : [], [happen("step_succeeded", { node_id: "a" })]);
  expect(ended?.reason).toBeUndefined();
});

test("a step that was cancelled is told from one that failed", () => {
  expect(brief(foldSteps([], [happen("step_failed", { node_id: "a", status: "cancelled" })]))).toEqual([
    "a#1 cancelled",
  ]);
});

test("an execution starts, waits, moves on and ends", () => {
  const queued = { status: "queued", started_at: null, finished_at: null, duration_ms: null } as Execution;
  const started = foldExecution(queued, [happen("execution_started", { status: "running" })]);
  expect(started.status).toBe("running");
  const moved = foldExecution({ ...started, status: "waiting" }, [happen("step_succeeded", { node_id: "a" })]);
  expect(moved.status).toBe("running");
  const ended = foldExecution(moved, [happen("execution_finished", { status: "failed", duration_ms: 9 })]);
  expect(ended).toMatchObject({ status: "failed", duration_ms: 9, finished_at: expect.any(String) });
});

test("an execution waits when a step does and none is at work", () => {
  const running = { status: "running", reason: null } as Execution;
  const events = [happen("step_started", { node_id: "a" }), happen("step_waiting", { node_id: "b", reason: "timer" })];
  const after = (...more: NamedEvent[]) =>
    foldExecution(running, [...events, ...more], foldSteps([], [...events, ...more]));
  expect(after().status).toBe("running");
  expect(after(happen("step_succeeded", { node_id: "a" }))).toMatchObject({ status: "waiting", reason: "timer" });
});

test("a wait tells its signal for as long as it lasts", () => {
  const waiting = happen("step_waiting", { node_id: "a", reason: "signal", signal: "paid" });
  expect(foldSteps([], [waiting])[0]).toMatchObject({ status: "waiting", reason: "signal", signal: "paid" });
  const after = foldSteps([], [waiting, happen("step_succeeded", { node_id: "a" })])[0];
  expect([after?.status, after?.reason, after?.signal]).toEqual(["succeeded", undefined, undefined]);
});
