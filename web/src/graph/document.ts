import type { NodeTypeCatalogue } from "~/api/queries/node-types.ts";
import type { Definition, DefinitionEdge, DefinitionNode, NodeCategory, NodeType } from "~/api/types.ts";
import { type Body, bodiesOf } from "./bodies.ts";
import { resolveType } from "./infer-type.ts";
import { caseName, summaryOf } from "./summary.ts";

/** A definition as the canvas shows it. Nothing here knows how it is drawn. */
export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** The body that each node stands in; none for those outside of all. */
  bodies: ReadonlyMap<string, Body>;
  /** True when every node brought its own place. */
  isPlaced: boolean;
}

/** What colours a node; `unknown` for a type that the server does not describe. */
export type NodeGroup = NodeCategory | "unknown";

export interface GraphNode {
  id: string;
  type: string;
  title: string;
  summary: string;
  /** What the kind of node is called. */
  typeTitle: string;
  icon: string;
  group: NodeGroup;
  /** Nothing leads to it: where an execution begins. */
  isStart: boolean;
  hasInput: boolean;
  outputs: readonly Port[];
  data: Record<string, unknown>;
  position: { x: number; y: number };
}

/** Where edges leave a node; `handle` is null for the output that has no name. */
export interface Port {
  handle: string | null;
  label: string | null;
  /** `failure` where the node is left when it fails, `body` where what it runs begins, `value` where its result goes on. */
  role: "value" | "body" | "failure";
  /** The nodes that edges lead to from here. */
  targets: readonly string[];
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  handle: string | null;
  role: Port["role"];
}

/** Reads a definition leniently: what cannot be drawn is left out, what is drawn is what is there. */
export function graphOf(definition: Definition, types: NodeTypeCatalogue): Graph {
  const documents = uniqueNodes(definition.nodes ?? []);
  const ids = new Set(documents.map((node) => node.id));
  const links = (definition.edges ?? []).flatMap((edge, index) =>
    ids.has(edge?.source) && ids.has(edge?.target) ? [linkOf(edge, index)] : [],
  );
  const targets = new Set(links.map((edge) => edge.target));
  const nodes = documents.map((node) => nodeOf(node, { types, edges: links, targets }));
  const outputs = new Map(nodes.map((node) => [node.id, node.outputs]));
  const roleOf = ({ source, handle }: Link) => outputs.get(source)?.find((port) => port.handle === handle)?.role;
  const sources = nodes.map(({ id, type, data }) => ({ id, data, ports: types.get(type)?.ports ?? null }));
  const bodies = bodiesOf(sources, links);
  const entersBody = ({ source, target }: Link) => bodies.get(target)?.block === source;
  return {
    nodes,
    edges: links.map((link) => ({ ...link, role: entersBody(link) ? "body" : (roleOf(link) ?? "value") })),
    bodies,
    isPlaced: documents.length > 0 && documents.every((node) => hasPlace(node)),
  };
}

function nodeOf(
  document: DefinitionNode,
  { types, edges, targets }: { types: NodeTypeCatalogue; edges: readonly Link[]; targets: ReadonlySet<string> },
): GraphNode {
  const data = document.data ?? {};
  const type = resolveType(document.type, data);
  const known = types.get(type);
  const label = typeof data.label === "string" ? data.label.trim() : "";
  const typeTitle = known?.title ?? (type === "" ? document.id : type);
  return {
    id: document.id,
    type,
    title: label || typeTitle,
    summary: summaryOf(data) ?? (label ? typeTitle : document.id),
    typeTitle,
    icon: known?.icon ?? "box",
    group: known?.category ?? "unknown",
    isStart: !targets.has(document.id),
    hasInput: targets.has(document.id),
    outputs: portsOf(document.id, known?.ports ?? noPorts, { type, data, edges }),
    data,
    position: document.position && hasPlace(document) ? document.position : { x: 0, y: 0 },
  };
}

const noPorts: NodeType["ports"] = { inputs: [], outputs: [] };

/**
 * The outputs that are declared, made by the settings, or used; an unnamed one where there is none of these. The one
 * for failures comes last: where edges leave from `on_error`, whatever the type.
 */
function portsOf(
  id: string,
  { outputs, bodies_in }: NodeType["ports"],
  { type, data, edges }: { type: string; data: Record<string, unknown>; edges: readonly Link[] },
): Port[] {
  const own = edges.filter((edge) => edge.source === id);
  const handles = new Set(own.map((edge) => edge.handle));
  const port = (handle: string | null, label: string | null, role: Port["role"] = "value"): Port => ({
    handle,
    label,
    role,
    targets: own.filter((edge) => edge.handle === handle).map(({ target }) => target),
  });
  const declared = outputs.filter(({ role }) => role !== "failure");
  const failure = outputs.find(({ role }) => role === "failure") ?? null;
  const choices = ownOutputs(type, data);
  const named = declared
    // What a switch declares stands for the default that its cases name.
    .filter(({ name }) => name !== "" && !(type === "switch" && choices.length > 0) && !choices.includes(name))
    .map(({ name, title, role }) => port(name, title, role === "value" ? "value" : "body"));
  const titles = new Map(declared.map(({ name, title }) => [name, title]));
  const made = choices.map((name) => port(name, titles.get(name) ?? name, bodies_in === undefined ? "value" : "body"));
  const known = new Set([...named, ...made].map(({ handle }) => handle));
  // An output of the node's own by that name is one for values.
  const failing = known.has(onError) ? undefined : (failure?.name ?? onError);
  const used = [...handles].filter((handle) => !known.has(handle) && handle !== failing);
  const others = used.map((handle) => port(handle, handle));
  // The one declared output of a node with outputs of its own making is where the rest goes, below them.
  const ports = named.length === 1 ? [...made, ...others, ...named] : [...named, ...made, ...others];
  const isDeadEnd = failure !== null && declared.length === 0;
  if (ports.length === 0 && !isDeadEnd) ports.push(port(null, null));
  if (failing !== undefined && (failure || handles.has(failing))) {
    ports.push(port(failing, failure?.title ?? failing, "failure"));
  }
  return ports;
}

/** The output for failures of any node that has no output of its own by that name. */
const onError = "on_error";

/** The outputs that a node's settings name. */
function ownOutputs(type: string, data: Record<string, unknown>): string[] {
  const names = type === "switch" ? caseNames(data.cases) : (outputLists.get(type) ?? []).flatMap((key) => data[key]);
  return [...new Set(names.filter((name): name is string => typeof name === "string" && name !== ""))];
}

/** The settings that are lists of outputs. */
const outputLists: ReadonlyMap<string, readonly string[]> = new Map([
  ["split", ["paths"]],
  ["parallel", ["branches"]],
]);

const caseNames = (cases: unknown): unknown[] => (Array.isArray(cases) ? cases.map(caseName) : []);

/** An edge, before it is known what it carries. */
type Link = Omit<GraphEdge, "role">;

const linkOf = (edge: DefinitionEdge, index: number): Link => ({
  id: `${index}:${edge.source}→${edge.target}`,
  source: edge.source,
  target: edge.target,
  handle: edge.sourceHandle || edge.condition || null,
});

function uniqueNodes(nodes: readonly DefinitionNode[]): DefinitionNode[] {
  const byId = new Map<string, DefinitionNode>();
  for (const node of nodes) {
    if (node && typeof node.id === "string" && !byId.has(node.id)) byId.set(node.id, node);
  }
  return [...byId.values()];
}

const hasPlace = ({ position }: DefinitionNode): boolean =>
  typeof position?.x === "number" && typeof position.y === "number";
