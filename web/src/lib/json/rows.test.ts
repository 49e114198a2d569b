import { expect, test } from "vitest";
import { childrenPerPage, openedAtFirst, treeRows } from "./rows.ts";

const text = (value: unknown, open: string[], shown: [string, number][] = []) =>
  treeRows(value, { open: new Set(open), shown: new Map(shown) }).map((row) =>
    row.kind === "more"
      ? `${" ".repeat(row.depth)}+${row.total - row.shown}`
      : `${" ".repeat(row.depth)}${row.name ?? "$"}${row.size === null ? `=${row.value}` : ""}`,
  );

test("only what is open is listed", () => {
  const value = { a: { b: 1 }, c: [2, 3] };
  expect(text(value, [""])).toEqual(["$", " a", " c"]);
  expect(text(value, ["", "/c"])).toEqual(["$", " a", " c", "  0=2", "  1=3"]);
  expect(text(value, [])).toEqual(["$"]);
});

test("a long list is shown in pages", () => {
  const value = Array.from({ length: 250 }, (_, index) => index);
  expect(text(value, [""])).toHaveLength(1 + childrenPerPage + 1);
  expect(text(value, [""]).at(-1)).toBe(" +150");
  expect(text(value, [""], [["", 600]])).toHaveLength(251);
});

test("a huge value opens its first level only", () => {
  const value = { rows: Array.from({ length: 10_000 }, (_, id) => ({ id })), total: 3 };
  expect([...openedAtFirst(value)]).toEqual([""]);
});

test("a small value opens whole", () => {
  expect([...openedAtFirst({ a: [{ b: 1 }] })]).toEqual(["", "/a", "/a/0"]);
});
