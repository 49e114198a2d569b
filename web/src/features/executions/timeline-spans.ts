import type { Execution, Step } from "~/api/types.ts";
import { around } from "~/graph/bodies.ts";
import type { Graph } from "~/graph/document.ts";
import type { NodeState, NodeStates } from "~/graph/node-states.ts";
import { depthOf, partOf } from "~/graph/passes.ts";
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
  rounds: number;
  /** In how many bodies it stands. */
  depth: number;
}

export interface Timed {
  steps: readonly Step[];
  /** Null where the definition is not kept. */
  bodies: Graph["bodies"] | null;
  states: NodeStates;
  frame: Frame;
  nowMs: number;
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

/** One row per node that began, in the order in which they did; what a block runs stands below it. */
export function timelineRows(timed: Timed): TimelineRow[] {
  const begun = groupBy(beginnings(timed.steps), ({ step }) => step.node_id);
  return ordered([...begun.keys()], timed).flatMap((id) => {
    const state = timed.states.get(id);
    return state && state.status !== "idle" ? [rowOf(id, begun.get(id) ?? [], state, timed)] : [];
  });
}

/** A block writes its step when it ends, but began before the first step of its bodies. */
function ordered(ids: readonly string[], { bodies }: Pick<Timed, "bodies">): string[] {
  const order = new Set<string>();
  const add = (id: string) => {
    const blocks = around(bodies?.get(id) ?? null).map(({ block }) => block);
    for (const block of blocks.reverse()) order.add(block);
    order.add(id);
  };
  for (const id of ids) add(id);
  // A body's rows are together, below its block.
  const below = groupBy([...order], (id) => bodies?.get(id)?.block ?? null);
  const withBodies = (id: string): string[] => [id, ...(below.get(id) ?? []).flatMap(withBodies)];
  return (below.get(null) ?? []).flatMap(withBodies);
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

function rowOf(nodeId: string, begun: readonly Begun[], state: NodeState, timed: Timed): TimelineRow {
  const own = begun.map(({ step }) => step);
  const depth = depthOf(timed.bodies, nodeId, own);
  const whole = begun.filter(({ step }) => partOf(step, depth) === null);
  // As long as there is no end, the parts are what is known.
  const shown = whole.length > 0 ? whole : begun;
  const spans = shown.slice(0, mostSpans).flatMap((one) => spanOf(one, timed));
  return {
    nodeId,
    status: state.status === "idle" ? "skipped" : state.status,
    spans: spans.length > 0 || state.status === "skipped" ? spans : openSpan(state, timed),
    tookMs: took(shown) ?? state.durationMs,
    attempts: state.attempts,
    rounds: state.rounds,
    depth: around(timed.bodies?.get(nodeId) ?? null).length,
  };
}

/** How long all that is over took. */
function took(begun: readonly Begun[]): number | null {
  const spans = begun.flatMap(({ step }) => step.duration_ms ?? []);
  return spans.length === 0 ? null : spans.reduce((sum, span) => sum + span, 0);
}

/** Of a block that has no step yet: from the first of what it runs to now. */
function openSpan({ status, startedAt }: NodeState, { frame, nowMs }: Timed): TimelineSpan[] {
  if (startedAt === null || status === "idle") return [];
  const start = clamp((Date.parse(startedAt) - frame.fromMs) / frame.lengthMs);
  const end = status === "running" || status === "waiting" ? clamp((nowMs - frame.fromMs) / frame.lengthMs) : 1;
  return [{ key: "open", status, start, width: end - start }];
}

function spanOf({ step, fromMs }: Begun, { frame, nowMs }: Timed): TimelineSpan[] {
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
  const step = roundSpan(lengthMs / 4);
  const marks = [];
  for (let at = 0; at <= lengthMs * 0.97; at += step) marks.push(at);
  return marks;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** What people count in beyond a minute; below it and beyond a day they count in tens. */
const clockSpans = [1, 2, 5, 10, 15, 30].map((n) => n * minute).concat([1, 2, 3, 6, 12, 24].map((n) => n * hour));

/** The next span of a round length. */
function roundSpan(ms: number): number {
  if (ms > minute / 2 && ms <= day) return clockSpans.find((span) => span >= ms) ?? day;
  const unit = ms > day ? day : 1;
  const power = unit * 10 ** Math.floor(Math.log10(ms / unit));
  return [1, 2, 5, 10].map((n) => n * power).find((span) => span >= ms) ?? ms;
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
