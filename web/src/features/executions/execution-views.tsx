import { useMemo } from "react";
import { stepLimit } from "~/api/queries/executions.ts";
import type { Execution, Step } from "~/api/types.ts";
import { WorkflowCanvas } from "~/canvas/workflow-canvas.tsx";
import type { Graph } from "~/graph/document.ts";
import { type NodeStates, nodeStates } from "~/graph/node-states.ts";
import { t } from "~/i18n/t.ts";
import { EmptyState } from "~/ui/empty-state.tsx";
import { PanelTabs } from "~/ui/tabs.tsx";
import { ExecutionData } from "./execution-data.tsx";
import { StepTable } from "./step-table.tsx";
import { Timeline } from "./timeline.tsx";

type View = "timeline" | "canvas" | "steps" | "data";

interface ViewsProps {
  view: View;
  onView: (view: View) => void;
  execution: Execution;
  steps: readonly Step[];
  graph: Graph | null;
  isCurrentDraft: boolean;
  nameOf: (nodeId: string) => string;
  selected: string | null;
  /** The step is told where one of the node is meant. */
  onSelect: (nodeId: string | null, step?: string) => void;
}

/** The same execution over time, on its canvas, as a table, and what went in and out. */
export function ExecutionViews(props: ViewsProps) {
  const { view, onView, execution, steps, graph, nameOf, selected, onSelect } = props;
  const bodies = graph?.bodies ?? null;
  const states = useMemo(() => nodeStates({ graph, steps, execution }), [graph, steps, execution]);
  const missing = missingText(steps);
  const none = <EmptyState title={t("execution.noStepsTitle")} text={t("execution.noStepsText")} />;
  return (
    <section className="panel execution-main" aria-label={t("execution.views")}>
      <PanelTabs<View>
        current={view}
        onChange={onView}
        panelClass={view === "data" ? "view-panel padded" : "view-panel"}
        items={[
          {
            id: "timeline",
            label: t("execution.timeline"),
            panel:
              steps.length === 0 ? (
                none
              ) : (
                <>
                  <Timeline {...{ execution, steps, bodies, states, nameOf, selected, onSelect }} />
                  {missing && <p className="muted timeline-note">{missing}</p>}
                </>
              ),
          },
          { id: "canvas", label: t("execution.canvas"), panel: <Canvas {...props} states={states} /> },
          {
            id: "steps",
            label: t("execution.steps"),
            count: steps.length === stepLimit ? `${stepLimit}+` : steps.length,
            panel: steps.length === 0 ? none : <StepTable {...{ steps, bodies, nameOf, selected, onSelect }} />,
          },
          {
            id: "data",
            label: t("execution.dataTab"),
            panel: (
              <div className="stack">
                <ExecutionData execution={execution} />
              </div>
            ),
          },
        ]}
      />
    </section>
  );
}

/** What was not loaded, because no page can show it usefully. */
const missingText = (steps: readonly Step[]): string | null =>
  steps.length === stepLimit ? t("execution.firstSteps", { count: stepLimit }) : null;

function Canvas({ graph, isCurrentDraft, steps, states, selected, onSelect }: ViewsProps & { states: NodeStates }) {
  const note = isCurrentDraft ? t("execution.currentDraft") : missingText(steps);
  if (!graph || graph.nodes.length === 0) {
    return <EmptyState title={t("execution.noCanvasTitle")} text={t("execution.noCanvasText")} />;
  }
  return (
    <WorkflowCanvas
      graph={graph}
      states={states}
      selected={selected}
      onSelect={onSelect}
      top={note && <span className="float muted canvas-note">{note}</span>}
    />
  );
}
