import {
  Background,
  BackgroundVariant,
  MiniMap,
  type MiniMapNodeProps,
  Panel,
  ReactFlow,
  ReactFlowProvider,
} from "@xyflow/react";
import { type ReactNode, useMemo, useState } from "react";
import type { Graph, GraphEdge } from "~/graph/document.ts";
import type { NodeStates } from "~/graph/node-states.ts";
import { topologicalOrder } from "~/graph/order.ts";
import { cardHeight, cardWidth } from "~/graph/place.ts";
import { t } from "~/i18n/t.ts";
import { BodyFrames } from "./body-frames.tsx";
import { KeepFitted } from "./keep-fitted.tsx";
import { type CardNode, NodeCard } from "./node-card.tsx";
import { StatesProvider, useNodeState } from "./states.tsx";
import { ThreadEdge, type ThreadEdgeType } from "./thread-edge.tsx";
import { ZoomControls } from "./zoom-controls.tsx";
import "@xyflow/react/dist/base.css";
import "./canvas.css";

interface WorkflowCanvasProps {
  graph: Graph;
  states?: NodeStates;
  selected: string | null;
  onSelect: (id: string | null) => void;
  /** Shown at the top centre. */
  top?: ReactNode;
  minimap?: boolean;
}

const nodeTypes = { card: NodeCard };
const edgeTypes = { thread: ThreadEdge };
const mostMarching = 100;
const minZoom = 0.03;
const fit = { padding: 0.08, maxZoom: 1, minZoom };

/** A workflow to look at: nodes can be chosen, nothing can be moved. */
export function WorkflowCanvas({ graph, states, selected, onSelect, top, minimap = true }: WorkflowCanvasProps) {
  const [moved, setMoved] = useState(false);
  const nodes = useMemo(() => cards(graph), [graph]);
  const edges = useMemo(() => threads(graph), [graph]);
  const shown = useMemo(
    () => nodes.map((node) => (node.id === selected ? { ...node, selected: true } : node)),
    [nodes, selected],
  );
  return (
    <StatesProvider states={states}>
      <ReactFlowProvider>
        <section className="canvas" aria-label={t("canvas.label")}>
          <ReactFlow
            nodes={shown}
            edges={edges}
            nodeTypes={nodeTypes}
            edgeTypes={edgeTypes}
            onNodesChange={(changes) => {
              for (const change of changes) if (change.type === "select" && change.selected) onSelect(change.id);
            }}
            onPaneClick={() => onSelect(null)}
            // Moves that the code makes carry no event.
            onMove={(event) => event && setMoved(true)}
            nodesDraggable={false}
            nodesConnectable={false}
            edgesFocusable={false}
            deleteKeyCode={null}
            multiSelectionKeyCode={null}
            selectionKeyCode={null}
            onlyRenderVisibleElements
            fitView
            fitViewOptions={fit}
            minZoom={minZoom}
            maxZoom={2}
            ariaLabelConfig={{
              "node.a11yDescription.default": t("canvas.nodeHelp"),
              "minimap.ariaLabel": t("canvas.minimap"),
            }}
            proOptions={{ hideAttribution: true }}
          >
            <KeepFitted enabled={!moved} fit={fit} />
            <BodyFrames graph={graph} />
            <Background variant={BackgroundVariant.Dots} gap={16} size={2} />
            {top && <Panel position="top-center">{top}</Panel>}
            <Panel position="bottom-left">
              <ZoomControls fit={fit} onFit={() => setMoved(false)} />
            </Panel>
            {minimap && <MiniMap nodeComponent={MiniNode} style={{ width: 176, height: 104 }} pannable zoomable />}
          </ReactFlow>
        </section>
      </ReactFlowProvider>
    </StatesProvider>
  );
}

/** In the order of execution, which is the order Tab goes. */
function cards(graph: Graph): CardNode[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  return topologicalOrder(graph).flatMap((id) => {
    const node = byId.get(id);
    if (!node) return [];
    return {
      id,
      type: "card" as const,
      position: node.position,
      data: { node },
      width: cardWidth,
      height: cardHeight,
      ariaLabel: t("canvas.nodeName", { title: node.title, type: node.typeTitle }),
    };
  });
}

function threads(graph: Graph): ThreadEdgeType[] {
  const ports = new Map(graph.nodes.map((node) => [node.id, node.outputs]));
  const labelOf = ({ source, handle }: GraphEdge) =>
    ports.get(source)?.find((port) => port.handle === handle)?.label ?? handle;
  return graph.edges.map((edge) => ({
    id: edge.id,
    type: "thread" as const,
    source: edge.source,
    target: edge.target,
    sourceHandle: edge.handle,
    data: { edge, label: labelOf(edge), mayMarch: graph.edges.length <= mostMarching },
    selectable: false,
  }));
}

function MiniNode({ id, x, y, width, height }: MiniMapNodeProps) {
  const state = useNodeState(id);
  const look = `${state?.status ?? "idle"} ${state?.isCaught ? "caught" : ""}`;
  return <rect className={`mini ${look}`} x={x} y={y} width={width} height={height} rx={16} />;
}
