import { queryOptions } from "@tanstack/react-query";
import { nodeTypes } from "../operations.ts";
import type { NodeType } from "../types.ts";

export type NodeTypeCatalogue = ReadonlyMap<string, NodeType>;

export const nodeTypesQuery = queryOptions({
  queryKey: ["node-types"],
  queryFn: async ({ signal }): Promise<NodeTypeCatalogue> => {
    const { items } = await nodeTypes.list(signal);
    return new Map(items.map((item) => [item.type, item]));
  },
  // A new type comes only with a new server, and then with a new page.
  staleTime: Number.POSITIVE_INFINITY,
});
