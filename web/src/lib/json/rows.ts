import { pointerTo } from "./locate.ts";

/** A line of the tree view: one member, or the offer to show more of a long list. */
export type TreeRow = ValueRow | MoreRow;

export interface ValueRow {
  kind: "value";
  pointer: string;
  name: string | null;
  depth: number;
  value: unknown;
  /** How many children the value has; null when it is not a list or map. */
  size: number | null;
  open: boolean;
}

export interface MoreRow {
  kind: "more";
  pointer: string;
  depth: number;
  shown: number;
  total: number;
}

export interface TreeState {
  open: ReadonlySet<string>;
  /** How many children are shown where more than the first page was asked for. */
  shown: ReadonlyMap<string, number>;
}

export const childrenPerPage = 100;

/** The visible lines, top to bottom. Costs what is visible, not what is there. */
export function treeRows(value: unknown, state: TreeState): TreeRow[] {
  const rows: TreeRow[] = [];
  pushRows(rows, value, { pointer: "", name: null, depth: 0 }, state);
  return rows;
}

/** What is open at first: the root, and below it whatever is small. */
export function openedAtFirst(value: unknown, budget = 40): Set<string> {
  const open = new Set<string>();
  let left = budget;
  let level: [string, unknown][] = [["", value]];
  while (level.length > 0) {
    const next: [string, unknown][] = [];
    for (const [pointer, item] of level) {
      const size = sizeOf(item);
      if (size === null || (size > left && pointer !== "")) continue;
      left -= size;
      open.add(pointer);
      for (const [key, child] of entriesOf(item, childrenPerPage)) next.push([pointerTo(pointer, key), child]);
    }
    level = next;
  }
  return open;
}

export function sizeOf(value: unknown): number | null {
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  return null;
}

function pushRows(
  rows: TreeRow[],
  value: unknown,
  place: Pick<ValueRow, "pointer" | "name" | "depth">,
  state: TreeState,
): void {
  const size = sizeOf(value);
  const open = size !== null && state.open.has(place.pointer);
  rows.push({ kind: "value", ...place, value, size, open });
  if (!open || size === null) return;
  const shown = state.shown.get(place.pointer) ?? childrenPerPage;
  for (const [key, child] of entriesOf(value, shown)) {
    const pointer = pointerTo(place.pointer, key);
    pushRows(rows, child, { pointer, name: key, depth: place.depth + 1 }, state);
  }
  if (size > shown) rows.push({ kind: "more", pointer: place.pointer, depth: place.depth + 1, shown, total: size });
}

function entriesOf(value: unknown, limit: number): [string, unknown][] {
  if (Array.isArray(value)) return value.slice(0, limit).map((item, index) => [String(index), item]);
  return Object.entries(value as object).slice(0, limit);
}
