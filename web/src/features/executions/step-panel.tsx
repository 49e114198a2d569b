import { Link } from "@tanstack/react-router";
import { CornerDownRight, X } from "lucide-react";
import type { Execution, Step } from "~/api/types.ts";
import { NodeIcon } from "~/canvas/node-icon.tsx";
import type { Graph, GraphNode } from "~/graph/document.ts";
import { depthOf } from "~/graph/passes.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { stepKey, stepsOf } from "~/steps/order-steps.ts";
import { StepData } from "~/steps/step-data.tsx";
import { StepPicker, stepChoice } from "~/steps/step-picker.tsx";
import { buttonClass, IconButton } from "~/ui/button.tsx";
import { ExecutionData } from "./execution-data.tsx";
import "~/canvas/canvas.css";

interface PanelProps {
  execution: Execution;
  steps: readonly Step[];
  bodies: Graph["bodies"] | null;
  node: GraphNode | null;
  nodeId: string | null;
  /** Which of the node's steps, and how to choose another. */
  chosen: readonly [chosen: string | null, choose: (key: string) => void];
  onClose: () => void;
}

/** The chosen step, or the execution as a whole while none is chosen. */
export function StepPanel({ execution, steps, bodies, node, nodeId, chosen, onClose }: PanelProps) {
  if (nodeId === null) {
    return (
      <aside className="panel step-panel" aria-label={t("execution.data")}>
        <header className="step-panel-head">
          <h2>{t("execution.data")}</h2>
        </header>
        <div className="step-panel-body stack">
          <ExecutionData execution={execution} />
          <p className="muted">{t("execution.chooseStep")}</p>
        </div>
      </aside>
    );
  }
  const own = stepsOf(steps, nodeId);
  return (
    // Where the panel is below what was clicked, it comes into view.
    <aside key={nodeId} ref={bringIntoView} className="panel step-panel" aria-label={t("inspector.label")}>
      <header className={`step-panel-head category-${node?.group ?? "unknown"}`}>
        <span className="tile">
          <NodeIcon name={node?.icon ?? "box"} />
        </span>
        <div className="grow">
          <h2 className="truncate">{node?.title ?? nodeId}</h2>
          <div className="muted truncate" style={{ fontSize: 11.5 }}>
            {node?.typeTitle ?? ""}
          </div>
        </div>
        <IconButton small label={t("inspector.close")} onClick={onClose}>
          <X size={14} />
        </IconButton>
      </header>
      <div className="step-panel-body">
        <Shown
          key={nodeId}
          steps={own}
          depth={depthOf(bodies, nodeId, own)}
          executionId={execution.id}
          chosen={chosen}
        />
      </div>
    </aside>
  );
}

/** The way to the execution that a step started. */
function ChildLink({ step }: { step: Step }) {
  const child = childOf(step);
  if (child === null) return null;
  return (
    <Link {...paths.execution(child)} className={buttonClass({ small: true })}>
      <CornerDownRight size={14} aria-hidden="true" />
      {t("execution.openChild")}
    </Link>
  );
}

function childOf({ type, input }: Step): string | null {
  if (type !== "sub_workflow" || typeof input !== "object" || input === null) return null;
  return "execution_id" in input && typeof input.execution_id === "string" ? input.execution_id : null;
}

interface ShownProps {
  steps: readonly Step[];
  depth: number;
  executionId: string;
  chosen: readonly [chosen: string | null, choose: (key: string) => void];
}

function Shown({ steps, depth, executionId, chosen }: ShownProps) {
  const choice = stepChoice(steps, depth, chosen);
  const { shown } = choice;
  if (!shown) return <p className="muted">{t("inspector.notReached")}</p>;
  return (
    <div className="stack">
      <StepPicker choice={choice} />
      <ChildLink step={shown} />
      <StepData key={stepKey(shown)} step={shown} executionId={executionId} />
    </div>
  );
}

const bringIntoView = (panel: HTMLElement | null): void => panel?.scrollIntoView({ block: "nearest" });
