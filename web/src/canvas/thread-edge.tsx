import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  getSmoothStepPath,
  useStore,
} from "@xyflow/react";
import { memo } from "react";
import type { GraphEdge } from "~/graph/document.ts";
import { edgeState } from "~/graph/node-states.ts";
import { isFarAway } from "./node-card.tsx";
import { useStates } from "./states.tsx";

export type ThreadEdgeType = Edge<{ edge: GraphEdge; label: string | null; mayMarch: boolean }, "thread">;

/** A connection as thread: sewn where data went, a running stitch while it goes, dotted where it did not. */
export const ThreadEdge = memo(function ThreadEdge({ data, ...ends }: EdgeProps<ThreadEdgeType>) {
  const state = useStates((states) => (data ? edgeState(data.edge, states) : "idle"));
  const isFar = useStore(isFarAway);
  const [path, x, y] = leadsBack(ends) ? getSmoothStepPath({ ...ends, borderRadius: 16 }) : getBezierPath(ends);
  const marching = data?.mayMarch && !isFar ? "marching" : "";
  return (
    <>
      <BaseEdge path={path} className={`thread ${data?.edge.role ?? ""} ${state} ${marching}`} interactionWidth={0} />
      {data?.label && !isFar && (
        <EdgeLabelRenderer>
          <span
            className="thread-pill truncate"
            style={{ maxWidth: room(ends), transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            title={data.label}
          >
            {data.label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** A label stays between the cards, which would cover it; where they are near, most words still fit. */
const room = ({ sourceX, targetX }: { sourceX: number; targetX: number }): number =>
  Math.max(68, Math.abs(targetX - sourceX));

/** A curve that leads back would cut across the cards between its ends; steps go around them. */
const leadsBack = ({ sourceX, targetX }: { sourceX: number; targetX: number }): boolean => targetX < sourceX;
