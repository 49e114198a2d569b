import { queryOptions } from "@tanstack/react-query";
import { open } from "../client.ts";
import { readStart } from "../object-start.ts";
import type { LargePart } from "../types.ts";

/** How many characters of a large value are looked at. */
const shown = 64_000;

export const objectStartQuery = ({ url, kind }: LargePart) =>
  queryOptions({
    queryKey: ["object-start", url],
    queryFn: async ({ signal }) => readStart(await open(url, signal), kind, shown),
    // Its name is the hash of what it holds.
    staleTime: Number.POSITIVE_INFINITY,
  });
