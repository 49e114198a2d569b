import { trustedScript } from "~/lib/trusted-script.ts";
import { around } from "./bodies.ts";
import type { Graph, GraphEdge } from "./document.ts";
import type { LayoutInput, Places } from "./layout.ts";
import workerUrl from "./layout.worker.ts?worker&url";

export const cardWidth = 224;
export const cardHeight = 88;
const workerFrom = 200;

/** Gives every node a place when any lacks one. The layout code comes only then, and works aside for large graphs. */
export async function placed(graph: Graph): Promise<Graph> {
  if (graph.isPlaced || graph.nodes.length === 0) return graph;
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const outputsOf = (id: string) => byId.get(id)?.outputs ?? [];
  const linkOf = ({ source, target, handle }: GraphEdge): LayoutInput["edges"][number] => {
    const port = outputsOf(source).findIndex((one) => one.handle === handle);
    return { source, target, port, label: Boolean(outputsOf(source)[port]?.label) };
  };
  const input: LayoutInput = {
    nodes: graph.nodes.map(({ id }) => ({ id, width: cardWidth, height: cardHeight, bodies: bodiesAround(graph, id) })),
    edges: graph.edges.map(linkOf),
  };
  const places =
    graph.nodes.length > workerFrom ? await layoutAside(input) : (await import("./layout.ts")).layout(input);
  const nodes = graph.nodes.map((node) => ({ ...node, position: places[node.id] ?? node.position }));
  return { ...graph, nodes, isPlaced: true };
}

const bodiesAround = ({ bodies }: Graph, id: string): string[] =>
  around(bodies.get(id) ?? null)
    .map(({ block, handle }) => JSON.stringify([block, handle]))
    .reverse();

function layoutAside(input: LayoutInput): Promise<Places> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(trustedScript(workerUrl), { type: "module" });
    const settle = (act: () => void) => {
      worker.terminate();
      act();
    };
    worker.onmessage = ({ data }: MessageEvent<Places>) => settle(() => resolve(data));
    worker.onerror = (event) => settle(() => reject(new Error(event.message)));
    worker.postMessage(input);
  });
}
