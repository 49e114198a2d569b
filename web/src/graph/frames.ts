import { around, type Body } from "./bodies.ts";
import type { Graph } from "./document.ts";
import { cardHeight, cardWidth } from "./place.ts";

/** The rectangle around the nodes of one body. */
export interface Frame {
  key: string;
  block: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Room between the border and the cards, or the frames inside. */
const room = 16;

/**
 * Where bodies lie, outer ones first. A body that others lie among has no frame: it would seem to hold what it
 * does not.
 */
export function framesOf({ nodes, bodies }: Pick<Graph, "nodes" | "bodies">): Frame[] {
  const all = new Set([...bodies.values()].flatMap((body) => around(body)));
  return [...all]
    .toSorted((a, b) => around(a).length - around(b).length)
    .flatMap((body) => {
      const members = new Set(nodes.filter(({ id }) => isInside(bodies.get(id), body)));
      const inset = room * levelsBelow(body, all);
      const xs = [...members].map(({ position }) => position.x);
      const ys = [...members].map(({ position }) => position.y);
      const [x, y] = [Math.min(...xs) - inset, Math.min(...ys) - inset];
      const [right, bottom] = [Math.max(...xs) + cardWidth + inset, Math.max(...ys) + cardHeight + inset];
      const isAmong = ({ position }: Graph["nodes"][number]): boolean =>
        position.x < right && position.x + cardWidth > x && position.y < bottom && position.y + cardHeight > y;
      if (nodes.some((node) => !members.has(node) && isAmong(node))) return [];
      const key = JSON.stringify([body.block, body.handle]);
      return [{ key, block: body.block, x, y, width: right - x, height: bottom - y }];
    });
}

const isInside = (own: Body | undefined, body: Body): boolean => around(own ?? null).includes(body);

/** How many frames lie inside one another from here on, this one included. */
function levelsBelow(body: Body, all: ReadonlySet<Body>): number {
  const inner = [...all].filter(({ around: outer }) => outer === body).map((other) => levelsBelow(other, all));
  return 1 + Math.max(0, ...inner);
}
