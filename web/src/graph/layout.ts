import dagre from "@dagrejs/dagre";
import { groupBy } from "~/lib/group-by.ts";

export interface LayoutInput {
  /** `bodies` are those that the node stands in, outermost first: what is in one stays together. */
  nodes: readonly { id: string; width: number; height: number; bodies: readonly string[] }[];
  /** `port` is the place of the edge among the outputs of its source, top to bottom; a `label` wants room. */
  edges: readonly { source: string; target: string; port: number; label: boolean }[];
}

export type Places = Record<string, { x: number; y: number }>;

const grid = 16;

/** Left-to-right places, top-left corners on the grid. */
export function layout({ nodes, edges }: LayoutInput): Places {
  const graph = new dagre.graphlib.Graph({ multigraph: true, compound: true });
  graph.setGraph({
    rankdir: "LR",
    nodesep: 40,
    ranksep: edges.some(({ label }) => label) ? 96 : 56,
    marginx: 0,
    marginy: 0,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height, bodies } of nodes) {
    graph.setNode(id, { width, height });
    // The names of bodies are none of nodes, and so are kept apart from them.
    [...bodies.map(bodyName), id].forEach((name, depth, path) => {
      const outer = path[depth - 1];
      if (!graph.hasNode(name)) graph.setNode(name, {});
      if (outer !== undefined) graph.setParent(name, outer);
    });
  }
  edges.forEach(({ source, target }, index) => {
    graph.setEdge(source, target, {}, String(index));
  });
  dagre.layout(graph);
  const middle = (id: string): number => graph.node(id).y;
  const flip = crossings(edges, middle) > 0 ? -1 : 1;
  const top = Math.min(...nodes.map(({ id, height }) => flip * middle(id) - height / 2));
  return Object.fromEntries(
    nodes.map(({ id, width, height }) => [
      id,
      { x: snap(graph.node(id).x - width / 2), y: snap(flip * middle(id) - height / 2 - top) },
    ]),
  );
}

/**
 * How many pairs of branches leave a node in another order than their targets stand in, less those in the same
 * order. The layout knows nothing of ports; turned upside down it fits them when this is positive.
 */
function crossings(edges: LayoutInput["edges"], middle: (id: string) => number): number {
  let count = 0;
  for (const branches of groupBy(edges, (edge) => edge.source).values()) {
    for (const a of branches) {
      for (const b of branches) if (a.port < b.port) count += Math.sign(middle(a.target) - middle(b.target));
    }
  }
  return count;
}

const bodyName = (body: string): string => `body ${body}`;

const snap = (n: number): number => Math.round(n / grid) * grid;
