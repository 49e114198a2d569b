import { groupBy } from "~/lib/group-by.ts";
import type { GraphEdge } from "./document.ts";

/** Node ids so that what comes first in an execution comes first here; members of a cycle come last. */
export function topologicalOrder(graph: {
  nodes: readonly { id: string }[];
  edges: readonly Pick<GraphEdge, "source" | "target">[];
}): string[] {
  const open = new Map(graph.nodes.map((node) => [node.id, 0]));
  for (const edge of graph.edges) open.set(edge.target, (open.get(edge.target) ?? 0) + 1);
  const order = graph.nodes.filter((node) => open.get(node.id) === 0).map((node) => node.id);
  const followers = groupBy(graph.edges, (edge) => edge.source);
  for (const id of order) {
    for (const { target } of followers.get(id) ?? []) {
      const left = (open.get(target) ?? 0) - 1;
      open.set(target, left);
      if (left === 0) order.push(target);
    }
  }
  const reached = new Set(order);
  return [...order, ...graph.nodes.filter((node) => !reached.has(node.id)).map((node) => node.id)];
}
