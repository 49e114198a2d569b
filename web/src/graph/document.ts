import type { NodeTypeCatalogue } from "~/api/queries/node-types.ts";
import type { Definition, DefinitionEdge, DefinitionNode, NodeCategory, NodeType } from "~/api/types.ts";
import { resolveType } from "./infer-type.ts";
import { caseName, summaryOf } from "./summary.ts";

/** A definition as the canvas shows it. Nothing here knows how it is drawn. */
export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
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
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  handle: string | null;
}

/** Reads a definition leniently: what cannot be drawn is left out, what is drawn is what is there. */
export function graphOf(definition: Definition, types: NodeTypeCatalogue): Graph {
  const documents = uniqueNodes(definition.nodes ?? []);
  const ids = new Set(documents.map((node) => node.id));
  const edges = (definition.edges ?? []).flatMap((edge, index) =>
    ids.has(edge?.source) && ids.has(edge?.target) ? [edgeOf(edge, index)] : [],
  );
  const targets = new Set(edges.map((edge) => edge.target));
  return {
    nodes: documents.map((node) => nodeOf(node, { types, edges, targets })),
    edges,
    isPlaced: documents.length > 0 && documents.every((node) => hasPlace(node)),
  };
}

function nodeOf(
  document: DefinitionNode,
  { types, edges, targets }: { types: NodeTypeCatalogue; edges: readonly GraphEdge[]; targets: ReadonlySet<string> },
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
    outputs: portsOf(document.id, known?.ports.outputs ?? [], { type, data, edges }),
    data,
    position: document.position && hasPlace(document) ? document.position : { x: 0, y: 0 },
  };
}

/** The outputs that are declared, made by the settings, or used; an unnamed one where there is none of these. */
function portsOf(
  id: string,
  declared: NodeType["ports"]["outputs"],
  { type, data, edges }: { type: string; data: Record<string, unknown>; edges: readonly GraphEdge[] },
): Port[] {
  const own = ownOutputs(type, data);
  const named: Port[] = declared
    // What a switch declares stands for the default that its cases name.
    .filter(({ name }) => name !== "" && !(type === "switch" && own.length > 0) && !own.includes(name))
    .map(({ name, title }) => ({ handle: name, label: title }));
  const titles = new Map(declared.map(({ name, title }) => [name, title]));
  const made: Port[] = own.map((name) => ({ handle: name, label: titles.get(name) ?? name }));
  const known = new Set([...named, ...made].map(({ handle }) => handle));
  const handles = new Set(edges.filter((edge) => edge.source === id).map((edge) => edge.handle));
  const used: Port[] = [...handles].filter((handle) => !known.has(handle)).map((handle) => ({ handle, label: handle }));
  // The one declared output of a node with outputs of its own making is where the rest goes, below them.
  const ports = named.length === 1 ? [...made, ...used, ...named] : [...named, ...made, ...used];
  return ports.length > 0 ? ports : [{ handle: null, label: null }];
}

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

const edgeOf = (edge: DefinitionEdge, index: number): GraphEdge => ({
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
