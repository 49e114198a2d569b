import type { NodeType } from "~/api/types.ts";
import { topologicalOrder } from "./order.ts";

/** A part of the graph that a block runs: what one of its outputs leads into, and nothing else does. */
export interface Body {
  block: string;
  handle: string;
  /** Whether it is run again and again, with a number for each round in the iteration of its steps. */
  hasRounds: boolean;
  /** The body that the block itself stands in. */
  around: Body | null;
}

interface Link {
  source: string;
  target: string;
  handle: string | null;
}

/** What has to be known of a node to find bodies. */
export interface BlockSource {
  id: string;
  ports: NodeType["ports"] | null;
  data: Record<string, unknown>;
}

type BodyPort = Pick<Body, "handle" | "hasRounds">;

/**
 * The body that each node stands in, by the rule of the engine (`docs/adr/0005-structured-control-flow.md`), but
 * leniently: an edge that crosses the border of a body is not an error here.
 */
export function bodiesOf(sources: readonly BlockSource[], edges: readonly Link[]): ReadonlyMap<string, Body> {
  const byId = new Map(sources.map((source) => [source.id, source]));
  const entries = entriesOf(byId, edges);
  const bodies = new Map<string, Body>();
  if (entries.size === 0) return bodies;
  const made = new Map<string, Body>();
  const bodyAt = (block: string, { handle, hasRounds }: BodyPort): Body => {
    const key = JSON.stringify([block, handle]);
    const body = made.get(key) ?? { block, handle, hasRounds, around: bodies.get(block) ?? null };
    made.set(key, body);
    return body;
  };
  const leavesIn = (edge: Link): Body | null => bodies.get(edge.source) ?? null;
  for (const id of topologicalOrder({ nodes: sources, edges })) {
    const incoming = edges.filter((edge) => edge.target === id);
    const fixed = incoming.filter((edge) => !entries.get(edge)?.isImplicit);
    const open = incoming.filter((edge) => entries.get(edge)?.isImplicit);
    const entry = fixed.flatMap((edge) => {
      const port = entries.get(edge)?.port;
      return port ? [bodyAt(edge.source, port)] : [];
    })[0];
    const body =
      entry ?? (fixed.length > 0 ? outermost(fixed.map(leavesIn)) : ofImplicit(open, { entries, bodyAt, leavesIn }));
    if (body) bodies.set(id, body);
  }
  return bodies;
}

interface Entry {
  port: BodyPort;
  /** The edge names no output: it leads into the body only where nothing else leads to its target. */
  isImplicit: boolean;
}

/** The edges that lead into bodies. */
function entriesOf(byId: ReadonlyMap<string, BlockSource>, edges: readonly Link[]): ReadonlyMap<Link, Entry> {
  const entries = new Map<Link, Entry>();
  const named = new Set<string>();
  for (const edge of edges) {
    const port = namedBody(byId.get(edge.source), edge.handle);
    if (port) entries.set(edge, { port, isImplicit: false });
    if (port || edge.handle === "done") named.add(edge.source);
  }
  for (const edge of edges) {
    const ports = byId.get(edge.source)?.ports;
    const port = ports?.implicit_body && ports.outputs.find(isBodyPort);
    if (port && edge.handle === null && !named.has(edge.source)) {
      entries.set(edge, { port: { handle: port.name, hasRounds: port.role === "rounds" }, isImplicit: true });
    }
  }
  return entries;
}

function namedBody(source: BlockSource | undefined, handle: string | null): BodyPort | null {
  if (!source?.ports || handle === null) return null;
  const { outputs, bodies_in: setting } = source.ports;
  const port = outputs.find((output) => isBodyPort(output) && output.name === handle);
  if (port) return { handle, hasRounds: port.role === "rounds" };
  const listed = setting === undefined ? null : source.data[setting];
  return Array.isArray(listed) && listed.includes(handle) ? { handle, hasRounds: false } : null;
}

const isBodyPort = ({ role }: NodeType["ports"]["outputs"][number]): boolean => role === "body" || role === "rounds";

function ofImplicit(
  open: readonly Link[],
  {
    entries,
    bodyAt,
    leavesIn,
  }: {
    entries: ReadonlyMap<Link, Entry>;
    bodyAt: (block: string, port: BodyPort) => Body;
    leavesIn: (edge: Link) => Body | null;
  },
): Body | null {
  const first = open[0];
  const port = first && entries.get(first)?.port;
  if (!first || !port) return null;
  return open.every(({ source }) => source === first.source) ? bodyAt(first.source, port) : leavesIn(first);
}

const outermost = (bodies: readonly (Body | null)[]): Body | null =>
  bodies.reduce((found, body) => (around(body).length < around(found).length ? body : found));

/** A body and those around it, innermost first. */
export function around(body: Body | null): Body[] {
  const all: Body[] = [];
  for (let at = body; at; at = at.around) all.push(at);
  return all;
}

/** How many numbers the iteration of a step in this body has. */
export const roundsAround = (body: Body | null): number => around(body).filter(({ hasRounds }) => hasRounds).length;
