import { expect, test } from "vitest";
import { locateJson } from "~/lib/json/locate.ts";
import { editorMarks } from "./marks.ts";

const text = '{"nodes": [{"id": "a", "type": "expression"}], "edges": []}';
const problem = (pointer: string, node_id?: string) => ({
  pointer,
  node_id,
  code: "missing_field",
  detail: "expression is required",
  severity: "error" as const,
});
const marked = (pointer: string, node?: string) => {
  const [mark] = editorMarks(locateJson(text), [problem(pointer, node)]);
  return mark && text.slice(mark.from, mark.to);
};
const node = '{"id": "a", "type": "expression"}';

test("a problem is marked where it is, or where it should be", () => {
  expect(marked("/definition/nodes/0/type")).toBe('"expression"');
  expect(marked("/definition/nodes/0/data/expression")).toBe(node);
  expect(marked("/definition/edges")).toBe("[]");
});

test("a problem without a usable pointer is marked at its node", () => {
  expect(marked("", "a")).toBe(node);
  expect(marked("", "gone")).toBe(text);
  expect(marked("/definition")).toBe(text);
});

test("text that is not JSON has one mark, at the mistake", () => {
  expect(editorMarks(locateJson('{"a": }'), [problem("/a")])).toMatchObject([{ from: 6, severity: "error" }]);
});
