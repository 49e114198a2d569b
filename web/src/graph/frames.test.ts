import { expect, test } from "vitest";
import { graphOf } from "./document.ts";
import { framesOf } from "./frames.ts";
import { placed } from "./place.ts";
import { blockTypes } from "./test-types.ts";

const at = (id: string, x: number, y: number, type = "number") => ({ id, type, position: { x, y } });

/** A loop in a loop: the inner one with one node, the outer one with that and another. */
const edges = [
  { source: "f", target: "g", sourceHandle: "body" },
  { source: "g", target: "x", sourceHandle: "body" },
  { source: "g", target: "y", sourceHandle: "done" },
  { source: "f", target: "end", sourceHandle: "done" },
];
const frames = (...end: [number, number]) =>
  framesOf(
    graphOf(
      {
        nodes: [
          at("f", 0, 300, "for_each"),
          at("g", 300, 160, "for_each"),
          at("x", 600, 0),
          at("y", 600, 160),
          at("end", ...end),
        ],
        edges,
      },
      new Map(blockTypes),
    ),
  );

test("a frame is around the nodes of a body and the frames inside, outer ones first", () => {
  expect(frames(900, 300)).toEqual([
    { key: '["f","body"]', block: "f", x: 268, y: -32, width: 588, height: 312 },
    { key: '["g","body"]', block: "g", x: 584, y: -16, width: 256, height: 120 },
  ]);
});

test("a body that another node lies among has no frame", () => {
  expect(frames(350, 0).map(({ block }) => block)).toEqual(["g"]);
});

test("a layout keeps everything else out of bodies", async () => {
  const chain = (from: string, ...ids: string[]) => ids.map((id, at) => ({ source: ids[at - 1] ?? from, target: id }));
  const graph = graphOf(
    {
      nodes: ["f", "a", "b", "c", "g", "x", "y", "end", "last"].map((id) => ({
        id,
        type: id === "f" || id === "g" ? "for_each" : "number",
      })),
      edges: [
        { source: "f", target: "a", sourceHandle: "body" },
        ...chain("a", "b", "g"),
        { source: "g", target: "x", sourceHandle: "body" },
        { source: "g", target: "y", sourceHandle: "done" },
        { source: "b", target: "c" },
        { source: "f", target: "end", sourceHandle: "done" },
        ...chain("end", "last"),
      ],
    },
    new Map(blockTypes),
  );
  expect(framesOf(await placed(graph)).map(({ block }) => block)).toEqual(["f", "g"]);
});
