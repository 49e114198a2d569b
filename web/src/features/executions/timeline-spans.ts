import type { Execution, Step } from "~/api/types.ts";
import { groupBy } from "~/lib/group-by.ts";

/** The time an execution covers, from being accepted to its end or to now. */
export interface Frame {
  fromMs: number;
  lengthMs: number;
}

export interface TimelineSpan {
  key: string;
  status: Step["status"];
  /** Shares of the frame, from 0 to 1. */
  start: number;
  width: number;
}

export interface TimelineRow {
  nodeId: string;
  status: Step["status"];
  spans: readonly TimelineSpan[];
  tookMs: number | null;
  attempts: number;
  iterations: number;
}

/** More bars than this in one lane cannot be told apart. */
const mostSpans = 400;

export function frameOf(execution: Execution, steps: readonly Step[], nowMs: number): Frame {
  const starts = steps.map((step) => Date.parse(step.started_at));
  const fromMs = Math.min(Date.parse(execution.started_at ?? execution.created_at), ...starts);
  const ends = steps.flatMap((step) => (step.finished_at ? [Date.parse(step.finished_at)] : []));
  const end = execution.finished_at ? Date.parse(execution.finished_at) : nowMs;
  return { fromMs, lengthMs: Math.max(1, Math.max(end, ...ends) - fromMs) };
}

/** One row per node, in the order of the journal, which is the order the nodes began in. */
export function timelineRows(steps: readonly Step[], frame: Frame, nowMs: number): TimelineRow[] {
  const begun = beginnings(steps);
  return [...groupBy(begun, ({ step }) => step.node_id)].map(([nodeId, own]) => rowOf(nodeId, own, frame, nowMs));
}

interface Begun {
  step: Step;
  fromMs: number;
}

/**
 * When each step really began. The recorded time of a delay or a call is when the worker took up the execution,
 * which is before the quick steps that led to it; but what took no time and stands ahead of it in the journal
 * was over by then.
 */
function beginnings(steps: readonly Step[]): Begun[] {
  let over = Number.NEGATIVE_INFINITY;
  return steps.map((step) => {
    const recorded = Date.parse(step.started_at);
    const end = step.finished_at ? Date.parse(step.finished_at) : Number.POSITIVE_INFINITY;
    if (step.duration_ms === 0) over = Math.max(over, end);
    return { step, fromMs: Math.min(Math.max(recorded, over), end) };
  });
}

function rowOf(nodeId: string, begun: readonly Begun[], frame: Frame, nowMs: number): TimelineRow {
  const spans = begun.slice(0, mostSpans).flatMap((one) => spanOf(one, frame, nowMs));
  const steps = begun.map(({ step }) => step);
  const took = steps.reduce((sum, step) => sum + (step.duration_ms ?? 0), 0);
  const iterations = new Set(steps.map((step) => step.iteration.join("."))).size;
  return {
    nodeId,
    status: rowStatus(steps),
    spans,
    tookMs: steps.some((step) => step.duration_ms !== null) ? took : null,
    attempts: Math.max(...steps.map((step) => step.attempt)),
    iterations,
  };
}

const urgency: readonly Step["status"][] = ["failed", "cancelled", "running", "waiting", "succeeded", "skipped"];

/** A retried step that came through in the end counts as what it became. */
function rowStatus(steps: readonly Step[]): Step["status"] {
  const last = new Map<string, Step>();
  for (const step of steps) {
    const round = step.iteration.join(".");
    const known = last.get(round);
    if (!known || known.attempt <= step.attempt) last.set(round, step);
  }
  const statuses = new Set([...last.values()].map((step) => step.status));
  return urgency.find((status) => statuses.has(status)) ?? "skipped";
}

function spanOf({ step, fromMs }: Begun, frame: Frame, nowMs: number): TimelineSpan[] {
  if (step.status === "skipped") return [];
  const to = step.finished_at
    ? Date.parse(step.finished_at)
    : step.duration_ms !== null
      ? fromMs + step.duration_ms
      : nowMs;
  const start = clamp((fromMs - frame.fromMs) / frame.lengthMs);
  return [
    {
      key: `${step.iteration.join(".")}/${step.attempt}`,
      status: step.status,
      start,
      width: clamp((to - frame.fromMs) / frame.lengthMs) - start,
    },
  ];
}

/** Round marks along the frame: 0 and up to five more. */
export function ticks(lengthMs: number): number[] {
  const rough = lengthMs / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough;
  const marks = [];
  for (let at = 0; at <= lengthMs * 0.97; at += step) marks.push(at);
  return marks;
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
