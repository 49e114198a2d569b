import { expect, test } from "vitest";
import type { DefinitionEdge, DefinitionNode } from "~/api/types.ts";
import { around, roundsAround } from "./bodies.ts";
import { graphOf } from "./document.ts";
import { blockTypes } from "./test-types.ts";

const types = new Map(blockTypes);

/** The nodes, and edges written as `a -handle-> b` or `a -> b`. */
function bodies(blocks: Record<string, DefinitionNode["type"]>, ...edges: string[]): Record<string, string> {
  const links = edges.map((edge): DefinitionEdge => {
    const [, source = "", handle, target = ""] = /^(\w+) -(?:(\w+)-)?> (\w+)$/.exec(edge) ?? [];
    return { source, target, ...(handle ? { sourceHandle: handle } : {}) };
  });
  const ids = new Set(links.flatMap(({ source, target }) => [source, target]));
  const graph = graphOf(
    {
      nodes: [...ids].map((id) => ({ id, type: blocks[id] ?? "expression", data: { branches: ["left", "right"] } })),
      edges: links,
    },
    types,
  );
  return Object.fromEntries(
    [...graph.bodies].map(([id, body]) => {
      const path = around(body).map(({ block, handle }) => `${block}.${handle}`);
      return [id, `${path.join(" in ")}, ${roundsAround(body)} deep`];
    }),
  );
}

test("what a named output leads into is a body, and what follows the block is not", () => {
  expect(bodies({ f: "for_each" }, "a -> f", "f -body-> x", "x -> y", "f -done-> z")).toEqual({
    x: "f.body, 1 deep",
    y: "f.body, 1 deep",
  });
});

test("bodies nest, and only those that repeat count", () => {
  expect(bodies({ f: "for_each", t: "try_catch" }, "f -body-> t", "t -try-> x", "t -catch-> y", "t -> z")).toEqual({
    t: "f.body, 1 deep",
    x: "t.try in f.body, 1 deep",
    y: "t.catch in f.body, 1 deep",
    z: "f.body, 1 deep",
  });
});

test("branches that a setting names are bodies", () => {
  expect(bodies({ p: "parallel" }, "p -left-> x", "p -other-> y", "p -done-> z")).toEqual({ x: "p.left, 0 deep" });
});

test("a loop in the old notation runs what only it leads to", () => {
  expect(bodies({ f: "for_each" }, "a -> f", "f -> x", "f -> z", "a -> z")).toEqual({ x: "f.body, 1 deep" });
});

test("a block that guards what is before it has no body", () => {
  expect(bodies({ r: "retry" }, "a -> r", "r -> x")).toEqual({});
});

test("a cycle ends", () => {
  expect(bodies({ f: "for_each" }, "f -body-> x", "x -> f")).toEqual({ x: "f.body, 1 deep" });
});
