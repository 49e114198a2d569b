import { Handle, type Node, type NodeProps, Position, type ReactFlowState, useStore } from "@xyflow/react";
import { memo } from "react";
import type { GraphNode, Port } from "~/graph/document.ts";
import { choseHandle, type NodeState } from "~/graph/node-states.ts";
import { cardHeight } from "~/graph/place.ts";
import { t } from "~/i18n/t.ts";
import { duration } from "~/lib/time.ts";
import { RunningTime } from "~/ui/running-time.tsx";
import { StatusIcon, statusWord } from "~/ui/status.tsx";
import { NodeIcon } from "./node-icon.tsx";
import { useNodeState } from "./states.tsx";

export type CardNode = Node<{ node: GraphNode }, "card">;

/**
 * Below this zoom a card is one coloured box, without text or icons. That is for speed, so a small workflow
 * keeps its cards longer.
 */
const farZoom = (nodes: number): number => (nodes > 60 ? 0.4 : 0.25);

export const isFarAway = (store: ReactFlowState): boolean => store.transform[2] < farZoom(store.nodes.length);

export const NodeCard = memo(function NodeCard({ data: { node } }: NodeProps<CardNode>) {
  const state = useNodeState(node.id);
  const isFar = useStore(isFarAway);
  const status = state?.status ?? "idle";
  const ports = <Ports node={node} state={state} />;
  if (isFar) {
    return (
      <div className={`card-far category-${node.group} ${status}`}>
        <span className="sr-only">{node.title}</span>
        {ports}
      </div>
    );
  }
  return (
    <div className={`card category-${node.group} ${status} ${node.isStart ? "start" : ""}`}>
      <div className="card-head">
        <span className="tile">
          <NodeIcon name={node.icon} />
        </span>
        <span className="grow">
          <span className="card-title truncate" style={{ display: "block" }}>
            {node.title}
          </span>
          <span className="card-summary truncate" style={{ display: "block" }} title={node.summary}>
            {node.summary}
          </span>
        </span>
      </div>
      <div className="card-foot">
        <Foot node={node} state={state} />
      </div>
      {ports}
    </div>
  );
});

/** Always there, so that a card never changes its size: the type when idle, the status in an execution. */
function Foot({ node, state }: { node: GraphNode; state: NodeState | undefined }) {
  if (!state || state.status === "idle") return <span className="truncate">{node.typeTitle}</span>;
  const { status, durationMs, startedAt, attempts, iterations, items } = state;
  const repeated =
    iterations > 1
      ? t("canvas.iterations", { count: iterations })
      : attempts > 1
        ? t("canvas.attempt", { attempts })
        : null;
  const right = repeated ?? (items === null ? null : t("data.items", { count: items }));
  return (
    <>
      <StatusIcon status={status} />
      <span>{statusWord(status)}</span>
      <span className="right">
        {status === "running" || status === "waiting" ? (
          <RunningTime startedAt={startedAt} endedAt={null} durationMs={null} />
        ) : (
          [right, durationMs === null || status === "skipped" ? null : duration(durationMs)].filter(Boolean).join(" · ")
        )}
      </span>
    </>
  );
}

function Ports({ node, state }: { node: GraphNode; state: NodeState | undefined }) {
  return (
    <>
      {node.hasInput && (
        <Handle
          type="target"
          position={Position.Left}
          isConnectable={false}
          className={inputLook(state)}
          style={{ top: cardHeight / 2 }}
        />
      )}
      {node.outputs.map((port, index) => (
        <Handle
          key={port.handle ?? ""}
          id={port.handle ?? undefined}
          type="source"
          position={Position.Right}
          isConnectable={false}
          className={outputLook(port, state)}
          style={{ top: portTop(index, node.outputs.length) }}
        />
      ))}
    </>
  );
}

function inputLook(state: NodeState | undefined): string {
  if (state?.status === "succeeded" || state?.status === "failed") return "used";
  return state?.status === "running" ? "live" : "";
}

const outputLook = ({ handle }: Port, state: NodeState | undefined): string =>
  state?.status === "succeeded" && (handle === null || choseHandle(state.output, handle)) ? "used" : "";

/** One output sits in the middle, two where the head and the footer are, more spread evenly. */
function portTop(index: number, count: number): number {
  if (count === 1) return cardHeight / 2;
  const margin = count === 2 ? 28 : 14;
  return margin + (index * (cardHeight - 2 * margin)) / (count - 1);
}
