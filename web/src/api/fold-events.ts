import type { Execution, ExecutionEvent, ExecutionEventName, ExecutionStatus, Step, StepStatus } from "./types.ts";

export interface NamedEvent {
  name: ExecutionEventName;
  event: ExecutionEvent;
}

/**
 * What the steps are after these events. Events may come doubled or after a newer answer of the server:
 * a step that has ended stays ended. Steps stay in the order of the journal, which is that of the events.
 */
export function foldSteps(steps: readonly Step[], events: readonly NamedEvent[]): Step[] {
  const byKey = new Map(steps.map((step) => [stepKey(step), step]));
  for (const { event } of events) {
    const { node_id, status } = event;
    if (node_id === undefined || !isStepStatus(status)) continue;
    const begun: Step = begin(event, node_id, status);
    const known = byKey.get(stepKey(begun));
    if (known && isEnded(known.status) && !isEnded(status)) continue;
    byKey.set(stepKey(begun), { ...(known ?? begun), ...changes(event, status) });
  }
  return [...byKey.values()];
}

/** Events that show that an execution neither waits in a queue nor for a time or a signal. */
const movesOn: ReadonlySet<ExecutionEventName> = new Set(["step_started", "step_succeeded", "step_failed"]);

/** What the execution itself is after these events, which left its steps as they are here. */
export function foldExecution(
  execution: Execution,
  events: readonly NamedEvent[],
  steps: readonly Step[] = [],
): Execution {
  let folded = execution;
  for (const { name, event } of events) {
    if (name === "execution_started" && folded.started_at === null) {
      const status = folded.status === "queued" ? "running" : folded.status;
      folded = { ...folded, status, started_at: event.at };
    } else if (movesOn.has(name) && (folded.status === "queued" || folded.status === "waiting")) {
      folded = { ...folded, status: "running", reason: null, wake_at: null };
    } else if (name === "execution_finished" && isExecutionStatus(event.status)) {
      folded = {
        ...folded,
        status: event.status,
        reason: null,
        wake_at: null,
        output: event.output ?? folded.output,
        error: event.error ?? folded.error,
        finished_at: folded.finished_at ?? event.at,
        duration_ms: event.duration_ms ?? folded.duration_ms,
      };
    }
  }
  return resting(folded, steps);
}

/** No event says that an execution waits: it does when a step waits and none is at work. */
function resting(execution: Execution, steps: readonly Step[]): Execution {
  if (execution.status !== "running" || steps.some((step) => step.status === "running")) return execution;
  const waiting = steps.find((step) => step.status === "waiting");
  if (!waiting) return execution;
  return { ...execution, status: "waiting", reason: waiting.reason ?? null, wake_at: waiting.wake_at ?? null };
}

/** A step as its first event shows it. One that is heard of only when it ends began that much earlier. */
function begin(event: ExecutionEvent, node_id: string, status: StepStatus): Step {
  const startMs = Date.parse(event.at) - (event.duration_ms ?? 0);
  return {
    node_id,
    iteration: event.iteration ?? [],
    attempt: event.attempt ?? 1,
    type: event.type ?? "",
    status,
    started_at: new Date(startMs).toISOString(),
    finished_at: null,
    duration_ms: null,
  };
}

function changes(event: ExecutionEvent, status: StepStatus): Partial<Step> {
  const { input, output, error, duration_ms } = event;
  return {
    status,
    reason: event.reason,
    wake_at: event.wake_at,
    signal: event.signal,
    ...(isEnded(status) ? { finished_at: event.at } : {}),
    ...(duration_ms === undefined ? {} : { duration_ms }),
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(event.output_omitted ? { omitted: ["output"] } : {}),
  };
}

const stepKey = ({ node_id, iteration, attempt }: Pick<Step, "node_id" | "iteration" | "attempt">): string =>
  JSON.stringify([node_id, iteration, attempt]);

const isEnded = (status: StepStatus): boolean => status !== "running" && status !== "waiting";

const isStepStatus = (status: ExecutionEvent["status"]): status is StepStatus =>
  status !== "queued" && status !== "timed_out";

const isExecutionStatus = (status: ExecutionEvent["status"]): status is ExecutionStatus => status !== "skipped";
