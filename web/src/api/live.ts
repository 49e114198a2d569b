import type { QueryClient } from "@tanstack/react-query";
import { foldExecution, foldSteps, type NamedEvent } from "./fold-events.ts";
import { executions } from "./operations.ts";
import { executionKeys, invalidateLists } from "./queries/executions.ts";
import type { Execution, ExecutionEvent, ExecutionEventName, Step } from "./types.ts";

const names: readonly ExecutionEventName[] = [
  "execution_started",
  "step_started",
  "step_waiting",
  "step_succeeded",
  "step_failed",
  "step_skipped",
  "execution_finished",
];

/**
 * Follows one execution until it ends: every event becomes a change of the cached execution and steps, and
 * nothing else listens to events. Events are applied once per frame, so a burst costs one render.
 * Returns the function that stops following.
 */
export function followExecution(client: QueryClient, id: string): () => void {
  let waiting: NamedEvent[] = [];
  let scheduled: number | null = null;
  let reopening: number | undefined;
  let finished = false;

  const flush = () => {
    scheduled = null;
    const events = waiting;
    waiting = [];
    const steps = foldSteps(client.getQueryData<Step[]>(executionKeys.steps(id)) ?? [], events);
    client.setQueryData(executionKeys.steps(id), steps);
    client.setQueryData<Execution>(executionKeys.one(id), (known) => known && foldExecution(known, events, steps));
    if (finished) refresh(client, id);
    else if (events.some(isBrief)) {
      void client.invalidateQueries({ queryKey: executionKeys.steps(id) }, { cancelRefetch: false });
    }
  };
  const open = (): EventSource => {
    const opened = new EventSource(executions.eventsPath(id));
    for (const name of names) {
      opened.addEventListener(name, (message: MessageEvent<string>) => {
        waiting.push({ name, event: JSON.parse(message.data) as ExecutionEvent });
        if (name === "execution_finished") {
          finished = true;
          // The browser would reconnect after the regular end of the stream.
          opened.close();
        }
        scheduled ??= schedule(flush);
      });
    }
    // The browser comes back by itself after a broken connection, but never after an answer that is no stream.
    opened.addEventListener("error", () => {
      if (opened.readyState !== EventSource.CLOSED || finished) return;
      reopening = window.setTimeout(() => {
        source = open();
      }, reopenAfterMs);
    });
    return opened;
  };
  let source = open();

  return () => {
    source.close();
    clearTimeout(reopening);
    if (scheduled !== null) {
      cancelAnimationFrame(scheduled);
      clearTimeout(scheduled);
    }
    // Whoever learned of the end otherwise has not seen the last steps.
    if (!finished) void client.invalidateQueries({ queryKey: executionKeys.steps(id) });
  };
}

const reopenAfterMs = 3000;

/** The stored record is complete where events are brief, for example about inputs. */
function refresh(client: QueryClient, id: string): void {
  void client.invalidateQueries({ queryKey: executionKeys.one(id) });
  void client.invalidateQueries({ queryKey: executionKeys.steps(id) });
  void invalidateLists(client);
}

/** Where the record tells more: where a callback goes, or where a value is that does not fit into an event. */
const isBrief = ({ event }: NamedEvent): boolean =>
  event.output_omitted === true || event.signal?.startsWith("callback:") === true;

/** Frames do not come to a page in the background; its data must still be right when it is looked at. */
const schedule = (work: () => void): number =>
  document.visibilityState === "visible" ? requestAnimationFrame(work) : window.setTimeout(work, 250);
