import { Handle, type Node, type NodeProps, Position, type ReactFlowState, useStore } from "@xyflow/react";
import { memo } from "react";
import type { GraphNode } from "~/graph/document.ts";
import { isOutputUsed, type NodeState } from "~/graph/node-states.ts";
import { cardHeight } from "~/graph/place.ts";
import { t } from "~/i18n/t.ts";
import { duration } from "~/lib/time.ts";
import { roundsText } from "~/steps/rounds-text.ts";
import { RunningTime } from "~/ui/running-time.tsx";
import { StatusIcon, statusWord } from "~/ui/status.tsx";
import { NodeIcon } from "./node-icon.tsx";
import { useNodeState, useStates } from "./states.tsx";

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
  const look = `${state?.status ?? "idle"} ${state?.isCaught ? "caught" : ""}`;
  const ports = <Ports node={node} state={state} />;
  if (isFar) {
    return (
      <div className={`card-far category-${node.group} ${look}`}>
        <span className="sr-only">{node.title}</span>
        {ports}
      </div>
    );
  }
  return (
    <div className={`card category-${node.group} ${look} ${node.isStart ? "start" : ""}`}>
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
  const { status, startedAt, rounds, counts } = state;
  const isOpen = status === "running" || status === "waiting";
  return (
    <>
      <StatusIcon status={status} />
      <span>{statusWord(status)}</span>
      <span className="right" title={rounds > 1 ? roundsText(state) : undefined}>
        {isOpen && rounds === 1 ? (
          <RunningTime startedAt={startedAt} endedAt={null} durationMs={null} />
        ) : (
          facts(state).join(" · ")
        )}
        {status !== "failed" && counts.failed > 0 && (
          <span className="tone-bad"> · {t("canvas.failedRounds", { count: counts.failed })}</span>
        )}
      </span>
    </>
  );
}

/** What stands beside the status: how many rounds have it, or how often it was tried; how much came out; how long it took. */
function facts({ status, rounds, counts, attempts, items, durationMs }: NodeState): string[] {
  if (status === "idle" || status === "skipped") return [];
  if (rounds > 1 && counts[status] < rounds) return [t("canvas.someRounds", { count: counts[status], rounds })];
  const many = rounds > 1 ? t("canvas.rounds", { count: rounds }) : null;
  const again = attempts > 1 ? t("canvas.attempt", { attempts }) : null;
  const size = items === null ? null : t("data.items", { count: items });
  return [many ?? again ?? size, durationMs === null ? null : duration(durationMs)].filter((fact) => fact !== null);
}

function Ports({ node, state }: { node: GraphNode; state: NodeState | undefined }) {
  const used = useStates((states) => node.outputs.map((port) => (isOutputUsed(node, port, states) ? 1 : 0)).join(""));
  const results = node.outputs.filter(({ role }) => role !== "failure");
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
          className={`${port.role} ${port.targets.length > 0 ? "connected" : ""} ${used[index] === "1" ? "used" : ""}`}
          style={{ top: port.role === "failure" ? failurePortTop : portTop(results.indexOf(port), results.length) }}
          title={port.label ?? undefined}
        />
      ))}
    </>
  );
}

function inputLook(state: NodeState | undefined): string {
  if (state?.status === "succeeded" || state?.status === "failed") return "used";
  return state?.status === "running" ? "live" : "";
}

/** Failures leave at the lower corner, below all results. */
const failurePortTop = cardHeight - 3;

/** One output sits in the middle, two where the head and the footer are, more spread evenly. */
function portTop(index: number, count: number): number {
  if (count === 1) return cardHeight / 2;
  const margin = count === 2 ? 28 : 14;
  return margin + (index * (cardHeight - 2 * margin)) / (count - 1);
}
