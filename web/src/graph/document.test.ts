import { expect, test } from "vitest";
import type { NodeType } from "~/api/types.ts";
import example from "../../../examples/branching/order-triage.json";
import { type GraphNode, graphOf } from "./document.ts";
import { resolveType } from "./infer-type.ts";
import { layout } from "./layout.ts";
import { topologicalOrder } from "./order.ts";
import { cardHeight, cardWidth, placed } from "./place.ts";
import { summaryOf } from "./summary.ts";
import { blockTypes, describe, values } from "./test-types.ts";

const types = new Map([
  describe("number", "Number"),
  describe("http", "HTTP request"),
  describe("condition", "Condition", { outputs: values("true", "false") }),
  describe("switch", "Switch", { outputs: values("default") }),
  ...blockTypes,
]);
/** Where nodes are left when they do not fail. */
const results = ({ outputs }: GraphNode) => outputs.filter(({ role }) => role !== "failure");
const unplaced = { ...example, nodes: example.nodes.map(({ position, ...node }) => node) };
const nodes = (...ids: string[]) => ids.map((id) => ({ id, type: "expression", data: { expression: "input" } }));

test("nodes are titled by label, else by type", () => {
  const graph = graphOf(
    {
      nodes: [
        { id: "1", type: "number", data: { value: 3 } },
        { id: "2", type: "http", data: { label: " Ask " } },
      ],
    },
    types,
  );
  expect(graph.nodes.map((node) => [node.title, node.summary])).toEqual([
    ["Number", "3"],
    ["Ask", "HTTP request"],
  ]);
});

test("what cannot be drawn is left out", () => {
  const graph = graphOf(
    {
      nodes: [...nodes("a", "b"), { id: "a", type: "number" }, null as never, { type: "x" } as never],
      edges: [{ source: "a", target: "b" }, { source: "a", target: "gone" }, null as never],
    },
    types,
  );
  expect(graph.nodes.map((node) => node.id)).toEqual(["a", "b"]);
  expect(graph.edges).toHaveLength(1);
});

test("outputs are those that are declared or used", () => {
  const graph = graphOf(
    {
      nodes: [
        { id: "c", type: "condition", data: { condition: "true" } },
        { id: "s", type: "switch", data: {} },
        ...nodes("a", "b"),
      ],
      edges: [
        { source: "c", target: "a", sourceHandle: "false" },
        { source: "c", target: "b", condition: "maybe" },
        { source: "s", target: "a", sourceHandle: "big" },
        { source: "a", target: "b", sourceHandle: "" },
      ],
    },
    types,
  );
  expect(graph.nodes.map((node) => results(node).map((port) => [port.handle, port.label]))).toEqual([
    [
      ["true", "true!"],
      ["false", "false!"],
      ["maybe", "maybe"],
    ],
    [
      ["big", "big"],
      ["default", "default!"],
    ],
    [[null, null]],
    [[null, null]],
  ]);
});

test("outputs that the settings name are there before they are used", () => {
  const cases = [
    { when: "> 9", output_path: "big" },
    { when: "> 99", output_path: "big" },
    { is_default: true, output_path: "small" },
  ];
  const graph = graphOf(
    {
      nodes: [
        { id: "s", type: "switch", data: { cases } },
        { id: "d", type: "switch", data: { cases: [{ when: "x", output_path: "big" }, { is_default: true }] } },
        { id: "p", type: "split", data: { paths: ["left", "right", 7] } },
        { id: "b", type: "parallel", data: { branches: ["one", "done"] } },
        ...nodes("a"),
      ],
      edges: [
        { source: "s", target: "a", sourceHandle: "small" },
        { source: "s", target: "a", sourceHandle: "wrong" },
      ],
    },
    types,
  );
  expect(graph.nodes.map((node) => results(node).map((port) => port.handle))).toEqual([
    ["big", "small", "wrong"],
    ["big", "default"],
    ["left", "right"],
    ["one", "done"],
    [null],
  ]);
  expect(graph.nodes[3]?.outputs.map(({ role }) => role)).toEqual(["body", "body", "failure"]);
});

test("failures leave by an output of their own, which comes last", () => {
  const graph = graphOf(
    {
      nodes: [
        { id: "ask", type: "http", data: { url: "x" } },
        { id: "stop", type: "stop_and_error", data: {} },
        { id: "new", type: "not_known", data: {} },
        { id: "own", type: "routes", data: {} },
        ...nodes("note"),
      ],
      edges: [
        { source: "ask", target: "note", sourceHandle: "on_error" },
        { source: "new", target: "note", sourceHandle: "on_error" },
        { source: "own", target: "note", sourceHandle: "on_error" },
      ],
    },
    new Map([
      ...types,
      describe("stop_and_error", "Stop", { outputs: [] }),
      ["routes", { ...(types.get("condition") as NodeType), ports: { inputs: [], outputs: values("on_error") } }],
    ]),
  );
  const ports = (id: string) =>
    graph.nodes.find((node) => node.id === id)?.outputs.map(({ handle, role, targets }) => [handle, role, targets]);
  expect(ports("ask")).toEqual([
    [null, "value", []],
    ["on_error", "failure", ["note"]],
  ]);
  expect(ports("stop")).toEqual([["on_error", "failure", []]]);
  expect(ports("new")).toEqual([
    [null, "value", []],
    ["on_error", "failure", ["note"]],
  ]);
  expect(ports("own"), "its own output of that name").toEqual([["on_error", "value", ["note"]]]);
  expect(graph.edges.map(({ role }) => role)).toEqual(["failure", "failure", "value"]);
});

test("a definition without a catalogue still has a graph", () => {
  const graph = graphOf(example, new Map());
  expect(graph.nodes[0]).toMatchObject({ title: "Sample orders", icon: "box", group: "unknown", isStart: true });
});

test.each([
  [undefined, { value: 1, op: "add" }, "number"],
  ["", { condition: "x", true_path: "y" }, "condition"],
  [null, { condition: "x" }, "filter"],
  [null, { expression: "", var_name: "a", var_op: "get" }, "variable"],
  ["tryCatchNode", {}, "try_catch"],
  ["textOpNode", {}, "text_operation"],
  [null, { other: 1 }, ""],
])("type %j with data %j is %s", (written, data, type) => {
  expect(resolveType(written, data)).toBe(type);
});

test.each([
  [{ url: "https://shop.example/v2/items?x=1", method: "post" }, "POST /v2/items?x=1"],
  [{ url: "https://shop.example" }, "GET shop.example"],
  [{ url: "{{ coalesce(input.api, 'https://shop.example') }}/items/{{ input.id }}" }, "GET /items/{{ input.id }}"],
  [{ url: "https://{{ input.region }}.shop.example/items" }, "GET /items"],
  [{ url: "{{ input.url }}" }, "GET {{ input.url }}"],
  [{ var_op: "set", var_name: "limit" }, "set limit"],
  [{ fields: ["a", "b"] }, "a, b"],
  [{ cases: [{ when: "x", output_path: "big" }, { is_default: true }] }, "big, default"],
  [{ label: "x", max_attempts: 3 }, "max attempts: 3"],
  [{ label: "x" }, null],
])("settings %j are told as %j", (data, summary) => {
  expect(summaryOf(data)).toBe(summary);
});

test("the order of execution comes first to last, cycles last", () => {
  const graph = graphOf(
    {
      nodes: nodes("d", "c", "b", "a", "x", "y"),
      edges: [
        { source: "a", target: "b" },
        { source: "b", target: "c" },
        { source: "a", target: "d" },
        { source: "x", target: "y" },
        { source: "y", target: "x" },
      ],
    },
    types,
  );
  expect(topologicalOrder(graph)).toEqual(["a", "b", "d", "c", "x", "y"]);
});

test("a layout puts nodes left to right on the grid without overlaps", async () => {
  const graph = await placed(graphOf(unplaced, types));
  const at = new Map(graph.nodes.map((node) => [node.id, node.position]));
  for (const { source, target } of graph.edges) {
    expect((at.get(target)?.x ?? 0) - (at.get(source)?.x ?? 0)).toBeGreaterThanOrEqual(cardWidth);
  }
  for (const { x, y } of at.values()) expect([x % 16, y % 16].map(Math.abs)).toEqual([0, 0]);
  for (const [a, p] of at) {
    for (const [b, q] of at) {
      const apart = Math.abs(p.x - q.x) >= cardWidth || Math.abs(p.y - q.y) >= cardHeight;
      expect(a === b || apart, `${a} and ${b}`).toBe(true);
    }
  }
  expect(at.get("review")?.y, "the upper output leads up").toBeLessThan(at.get("ship")?.y ?? 0);
});

test("places that came with the definition are kept", async () => {
  const graph = graphOf({ nodes: [{ id: "a", type: "number", position: { x: 7, y: -3 } }] }, types);
  expect((await placed(graph)).nodes[0]?.position).toEqual({ x: 7, y: -3 });
});

test("a layout of nothing is nothing", () => {
  expect(layout({ nodes: [], edges: [] })).toEqual({});
});
