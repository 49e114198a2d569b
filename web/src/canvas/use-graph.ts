import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { type NodeTypeCatalogue, nodeTypesQuery } from "~/api/queries/node-types.ts";
import type { Definition } from "~/api/types.ts";
import { type Graph, graphOf } from "~/graph/document.ts";
import { placed } from "~/graph/place.ts";
import { identity } from "~/lib/identity.ts";

/** The graph of a definition, with places; null until both are known. */
export function useGraph(definition: Definition | null): Graph | null {
  const types = useQuery(nodeTypesQuery);
  // Without the catalogue the canvas still shows the graph, only plainer.
  const catalogue = types.data ?? (types.isError ? noTypes : null);
  const graph = useQuery(graphQuery(definition, catalogue));
  return definition ? (graph.data ?? null) : null;
}

const noTypes: NodeTypeCatalogue = new Map();

const graphQuery = (definition: Definition | null, catalogue: NodeTypeCatalogue | null) =>
  queryOptions({
    queryKey: ["graph", identity(definition), identity(catalogue)],
    queryFn: () => (definition && catalogue ? placed(graphOf(definition, catalogue)) : null),
    enabled: definition !== null && catalogue !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
    structuralSharing: false,
    // The canvas stays while the next state of the same workflow is laid out.
    placeholderData: keepPreviousData,
  });
