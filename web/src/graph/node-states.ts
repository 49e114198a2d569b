import type { Failure, Step, StepStatus } from "~/api/types.ts";
import { groupBy } from "~/lib/group-by.ts";
import type { Graph, GraphEdge } from "./document.ts";

export type NodeStatus = "idle" | StepStatus;

/** What one execution did at one node, over all iterations and attempts. */
export interface NodeState {
  status: NodeStatus;
  durationMs: number | null;
  startedAt: string | null;
  /** How many elements the output is, where it is a list. */
  items: number | null;
  attempts: number;
  iterations: number;
  output: unknown;
  error: Failure | null;
}

export type NodeStates = ReadonlyMap<string, NodeState>;

export function nodeStates(steps: readonly Step[]): NodeStates {
  const states = new Map<string, NodeState>();
  for (const [id, own] of groupBy(steps, (step) => step.node_id)) states.set(id, stateOf(own));
  return states;
}

/** The latest attempt of each iteration decides; among iterations, the one that most wants to be seen. */
function stateOf(steps: readonly Step[]): NodeState {
  const latest = new Map<string, Step>();
  for (const step of steps) {
    const key = step.iteration.join(".");
    const known = latest.get(key);
    if (!known || known.attempt <= step.attempt) latest.set(key, step);
  }
  const current = [...latest.values()];
  const shown = urgency.map((status) => current.find((step) => step.status === status)).find(Boolean) ?? current[0];
  return {
    status: shown?.status ?? "idle",
    durationMs: current.length === 1 ? (shown?.duration_ms ?? null) : sum(current.map((step) => step.duration_ms)),
    startedAt: shown?.started_at ?? null,
    items: itemsIn(shown?.output),
    attempts: Math.max(...current.map((step) => step.attempt)),
    iterations: current.length,
    output: shown?.output,
    error: shown?.error ?? null,
  };
}

const urgency: readonly NodeStatus[] = ["failed", "cancelled", "running", "waiting", "succeeded", "skipped"];

const sum = (spans: readonly (number | null)[]): number => spans.reduce<number>((all, span) => all + (span ?? 0), 0);

const counts = ["output_count", "count"] as const;

function itemsIn(output: unknown): number | null {
  if (Array.isArray(output)) return output.length;
  if (typeof output !== "object" || output === null) return null;
  for (const key of counts) {
    const count = (output as Record<string, unknown>)[key];
    if (typeof count === "number") return count;
  }
  return null;
}

export type EdgeState = "idle" | "sewn" | "running" | "waiting" | "skipped";

/** What an edge carried, told from the nodes at its ends and from the branch its source took. */
export function edgeState(edge: GraphEdge, states: NodeStates): EdgeState {
  const source = states.get(edge.source);
  const target = states.get(edge.target);
  if (!source || source.status === "idle") return "idle";
  if (source.status === "skipped" || source.status === "failed" || source.status === "cancelled") return "skipped";
  if (source.status !== "succeeded") return "idle";
  if (edge.handle !== null && !choseHandle(source.output, edge.handle)) return "skipped";
  switch (target?.status) {
    case "skipped":
      return "skipped";
    case "running":
      return "running";
    case "waiting":
      return "waiting";
    case "succeeded":
    case "failed":
    case "cancelled":
      return "sewn";
    default:
      return "idle";
  }
}

/** Whether a node with this output sent it on by this handle. */
export function choseHandle(output: unknown, handle: string): boolean {
  if (handle === "" || typeof output !== "object" || output === null) return true;
  const { path, output_path: named } = output as Record<string, unknown>;
  if (typeof path === "string") return path === handle;
  if (typeof named === "string") return named === handle;
  return true;
}

/** How far the execution is: nodes that need nothing more, of all nodes. */
export function progress(graph: Graph, states: NodeStates): { done: number; total: number } {
  const ended = graph.nodes.filter(({ id }) => {
    const status = states.get(id)?.status ?? "idle";
    return status !== "idle" && status !== "running" && status !== "waiting";
  });
  return { done: ended.length, total: graph.nodes.length };
}
