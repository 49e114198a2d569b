import { ViewportPortal } from "@xyflow/react";
import { useMemo } from "react";
import type { Graph } from "~/graph/document.ts";
import { framesOf } from "~/graph/frames.ts";
import { useNodeState } from "./states.tsx";

/** A frame behind the nodes of every body, in the colour of what its block does. */
export function BodyFrames({ graph }: { graph: Graph }) {
  const frames = useMemo(() => framesOf(graph), [graph]);
  if (frames.length === 0) return null;
  return (
    <ViewportPortal>
      {frames.map(({ key, block, x, y, width, height }) => (
        <BodyFrame key={key} block={block} place={{ width, height, transform: `translate(${x}px, ${y}px)` }} />
      ))}
    </ViewportPortal>
  );
}

interface FrameProps {
  block: string;
  place: { width: number; height: number; transform: string };
}

function BodyFrame({ block, place }: FrameProps) {
  const status = useNodeState(block)?.status ?? "idle";
  return <div className={`body-frame ${status}`} style={place} aria-hidden="true" />;
}
