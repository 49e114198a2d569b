import { isTerminal, stepLimit } from "~/api/queries/executions.ts";
import type { Execution, Step, StepStatus } from "~/api/types.ts";
import { groupBy } from "~/lib/group-by.ts";
import { around, type Body, roundsAround } from "./bodies.ts";
import type { Graph, GraphEdge, GraphNode, Port } from "./document.ts";
import { depthOf, passesOf } from "./passes.ts";

export type NodeStatus = "idle" | StepStatus;

/** What one execution did at one node, over all rounds and attempts. */
export interface NodeState {
  /** Of the rounds, that which most wants to be seen. */
  status: NodeStatus;
  /** How many rounds came to what. */
  counts: Readonly<Record<StepStatus, number>>;
  rounds: number;
  /** It failed, and the execution went on nevertheless. */
  isCaught: boolean;
  durationMs: number | null;
  startedAt: string | null;
  /** How many elements the output is, where it is a list. */
  items: number | null;
  attempts: number;
  /** The outputs that some round was left by; null where a result goes to all. */
  chosen: ReadonlySet<string> | null;
}

export type NodeStates = ReadonlyMap<string, NodeState>;

/** What is known of an execution. */
export interface Run {
  /** Null where the definition is not kept. */
  graph: Pick<Graph, "nodes" | "bodies"> | null;
  steps: readonly Step[];
  execution: Pick<Execution, "status" | "error" | "node_results"> | null;
}

/**
 * What every node did. A block has a step only when it ends, so before that its state is told from its body; and
 * of a node in a body nothing is recorded when no round reached it.
 */
export function nodeStates({ graph, steps, execution }: Run): NodeStates {
  const bodies = graph?.bodies ?? null;
  const all = roundsByNode(bodies, steps);
  if (bodies) addOpenBlocks(all, bodies, execution);
  const areAll = steps.length < stepLimit;
  if (!areAll) addUnseen(all, bodies, execution);
  const ending = endingNodes(bodies, execution);
  const states = new Map<string, NodeState>();
  for (const [id, rounds] of all) states.set(id, stateOf(rounds, ending.has(id)));
  for (const { id } of areAll ? (graph?.nodes ?? []) : []) {
    if (!states.has(id) && wasPassedBy(bodies?.get(id), states)) states.set(id, passedBy);
  }
  return states;
}

type Bodies = Graph["bodies"];

/** What is needed of a pass to tell the state of its node. */
interface Round {
  key: string;
  status: StepStatus;
  startedAt: string | null;
  durationMs: number | null;
  attempt: number;
  output: unknown;
}

type Rounds = Map<string, Round[]>;

function roundsByNode(bodies: Bodies | null, steps: readonly Step[]): Rounds {
  const rounds: Rounds = new Map();
  for (const [id, own] of groupBy(steps, (step) => step.node_id)) {
    const passes = passesOf(own, depthOf(bodies, id, own));
    rounds.set(
      id,
      passes.map(({ iteration, status, shown }) => ({
        key: iteration.join("."),
        status,
        startedAt: shown.started_at,
        durationMs: isOver(status) ? shown.duration_ms : null,
        attempt: shown.attempt,
        output: shown.output,
      })),
    );
  }
  return rounds;
}

/** The passes of blocks that have no end yet: wherever something in their bodies began. */
function addOpenBlocks(rounds: Rounds, bodies: Bodies, execution: Run["execution"]): void {
  // Inner blocks come first, so that outer ones see them.
  const members = [...bodies].toSorted(([, a], [, b]) => around(b).length - around(a).length);
  const found = new Map<string, Map<string, Round[]>>();
  for (const [id, body] of members) {
    const depth = roundsAround(bodies.get(body.block) ?? null);
    const inside = found.get(body.block) ?? new Map<string, Round[]>();
    found.set(body.block, inside);
    for (const round of [...(rounds.get(id) ?? []), ...opened(id)]) {
      const key = round.key.split(".").slice(0, depth).join(".");
      inside.set(key, [...(inside.get(key) ?? []), round]);
    }
  }
  for (const [block] of found) {
    const added = opened(block);
    if (added.length > 0) rounds.set(block, [...(rounds.get(block) ?? []), ...added]);
  }

  function opened(block: string): Round[] {
    const inside = found.get(block);
    if (!inside) return [];
    const known = new Set(rounds.get(block)?.map(({ key }) => key));
    return [...inside]
      .filter(([key]) => !known.has(key))
      .map(([key, own]) => ({
        key,
        status: openStatus(own, execution),
        startedAt: own[0]?.startedAt ?? null,
        durationMs: null,
        attempt: 1,
        output: undefined,
      }));
  }
}

function openStatus(inside: readonly Round[], execution: Run["execution"]): StepStatus {
  if (execution && isTerminal(execution.status)) return execution.status === "succeeded" ? "succeeded" : "cancelled";
  const isAt = (status: StepStatus) => inside.some((round) => round.status === status);
  return isAt("waiting") && !isAt("running") ? "waiting" : "running";
}

/** What the steps do not show, because they are too many, the execution itself may know. */
function addUnseen(rounds: Rounds, bodies: Bodies | null, execution: Run["execution"]): void {
  for (const [id, output] of Object.entries(execution?.node_results ?? {})) {
    if (rounds.has(id) || roundsAround(bodies?.get(id) ?? null) > 0) continue;
    rounds.set(id, [{ key: "", status: "succeeded", startedAt: null, durationMs: null, attempt: 1, output }]);
  }
}

/** The node that the execution failed with, and the blocks around it. */
function endingNodes(bodies: Bodies | null, execution: Run["execution"]): ReadonlySet<string> {
  const id = execution?.status === "failed" ? execution.error?.node_id : null;
  if (!id) return new Set();
  return new Set([id, ...around(bodies?.get(id) ?? null).map(({ block }) => block)]);
}

function stateOf(rounds: readonly Round[], endsAll: boolean): NodeState {
  const counts = { ...noCounts };
  for (const { status } of rounds) counts[status] += 1;
  const status = urgency.find((one) => counts[one] > 0) ?? "idle";
  const shown = rounds.find((round) => round.status === status);
  return {
    status,
    counts,
    rounds: rounds.length,
    isCaught: status === "failed" && !endsAll,
    durationMs: sum(rounds.map((round) => round.durationMs)),
    startedAt: shown?.startedAt ?? null,
    items: rounds.length === 1 ? itemsIn(shown?.output) : null,
    attempts: Math.max(1, ...rounds.map((round) => round.attempt)),
    chosen: chosenBy(rounds),
  };
}

const noCounts: Readonly<Record<StepStatus, number>> = {
  running: 0,
  waiting: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
};

/** A node in a body whose block is over, and that no round of it reached. */
const passedBy: NodeState = {
  status: "skipped",
  counts: noCounts,
  rounds: 0,
  isCaught: false,
  durationMs: null,
  startedAt: null,
  items: null,
  attempts: 1,
  chosen: null,
};

function wasPassedBy(body: Body | undefined, states: NodeStates): boolean {
  return around(body ?? null).some(({ block }) => isOver(states.get(block)?.status ?? "idle"));
}

/** What happens now comes before what happened. */
const urgency: readonly StepStatus[] = ["running", "waiting", "failed", "cancelled", "succeeded", "skipped"];

const isOver = (status: NodeStatus): boolean => status !== "idle" && status !== "running" && status !== "waiting";

/** Of what is known; null where nothing is. */
const sum = (spans: readonly (number | null)[]): number | null =>
  spans.reduce((all, span) => (span === null ? all : (all ?? 0) + span), null);

const countNames = ["output_count", "count"] as const;

function itemsIn(output: unknown): number | null {
  if (Array.isArray(output)) return output.length;
  if (typeof output !== "object" || output === null) return null;
  for (const key of countNames) {
    const count = (output as Record<string, unknown>)[key];
    if (typeof count === "number") return count;
  }
  return null;
}

function chosenBy(rounds: readonly Round[]): ReadonlySet<string> | null {
  const chosen = new Set<string>();
  for (const { status, output } of rounds) {
    if (status !== "succeeded") continue;
    const handle = choiceIn(output);
    if (handle === null) return null;
    chosen.add(handle);
  }
  return chosen;
}

/** The output that a result chose, as branching nodes write it. */
function choiceIn(output: unknown): string | null {
  if (typeof output !== "object" || output === null) return null;
  const { path, output_path: named } = output as Record<string, unknown>;
  if (typeof path === "string") return path;
  return typeof named === "string" ? named : null;
}

export type EdgeState = "idle" | "sewn" | "running" | "waiting" | "skipped" | "failed";

/** What an edge carried, told from the nodes at its ends and from the branches its source took. */
export function edgeState(edge: GraphEdge, states: NodeStates): EdgeState {
  const source = states.get(edge.source);
  if (!source || source.status === "idle") return "idle";
  if (!carried(edge, source)) return isOver(source.status) ? "skipped" : "idle";
  switch (states.get(edge.target)?.status) {
    case "skipped":
      return "skipped";
    case "running":
      return "running";
    case "waiting":
      return "waiting";
    case "succeeded":
    case "failed":
    case "cancelled":
      return edge.role === "failure" ? "failed" : "sewn";
    default:
      return "idle";
  }
}

function carried({ role, handle }: Pick<GraphEdge, "role" | "handle">, source: NodeState): boolean {
  switch (role) {
    case "failure":
      return source.counts.failed > 0;
    // Whether it was begun, the target tells.
    case "body":
      return source.status !== "skipped";
    case "value":
      return source.counts.succeeded > 0 && (handle === null || handle === "" || (source.chosen?.has(handle) ?? true));
  }
}

/** Whether something left a node by an output. What its result does not tell, those tell that it leads to. */
export function isOutputUsed(node: Pick<GraphNode, "id" | "outputs">, port: Port, states: NodeStates): boolean {
  const state = states.get(node.id);
  if (!state || !carried(port, state)) return false;
  const wasReached = (id: string): boolean => !["idle", "skipped"].includes(states.get(id)?.status ?? "idle");
  if (port.targets.length > 0) return port.targets.some(wasReached);
  return (
    port.role === "value" && (state.chosen !== null || node.outputs.filter(({ role }) => role === "value").length === 1)
  );
}

/** How far the execution is: nodes that need nothing more, of all nodes. What a block still runs is not done. */
export function progress(graph: Pick<Graph, "nodes" | "bodies">, states: NodeStates): { done: number; total: number } {
  const isDone = (id: string): boolean => isOver(states.get(id)?.status ?? "idle");
  const done = graph.nodes.filter(
    ({ id }) => isDone(id) && around(graph.bodies.get(id) ?? null).every(({ block }) => isDone(block)),
  );
  return { done: done.length, total: graph.nodes.length };
}
