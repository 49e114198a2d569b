import { Link } from "@tanstack/react-router";
import { CornerDownRight, X } from "lucide-react";
import { useState } from "react";
import type { Execution, Step } from "~/api/types.ts";
import { NodeIcon } from "~/canvas/node-icon.tsx";
import type { GraphNode } from "~/graph/document.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { duration } from "~/lib/time.ts";
import { iterationText, stepKey, stepsOf, tellingStep } from "~/steps/order-steps.ts";
import { StepData } from "~/steps/step-data.tsx";
import { buttonClass, IconButton } from "~/ui/button.tsx";
import { StatusChip } from "~/ui/status.tsx";
import { ValueView } from "~/ui/value-view/value-view.tsx";
import "~/canvas/canvas.css";

interface PanelProps {
  execution: Execution;
  steps: readonly Step[];
  node: GraphNode | null;
  nodeId: string | null;
  onClose: () => void;
}

/** The chosen step, or the execution as a whole while none is chosen. */
export function StepPanel({ execution, steps, node, nodeId, onClose }: PanelProps) {
  if (nodeId === null) {
    return (
      <aside className="panel step-panel" aria-label={t("execution.data")}>
        <header className="step-panel-head">
          <h2>{t("execution.data")}</h2>
        </header>
        <div className="step-panel-body stack">
          <ValueView title={t("execution.output")} value={execution.output ?? null} />
          <ValueView title={t("execution.input")} value={execution.input ?? null} />
          <p className="muted">{t("execution.chooseStep")}</p>
        </div>
      </aside>
    );
  }
  return (
    <aside className="panel step-panel" aria-label={t("inspector.label")}>
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
        <Attempts key={nodeId} steps={stepsOf(steps, nodeId)} />
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

const mostListed = 200;

function Attempts({ steps }: { steps: readonly Step[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = steps.find((step) => stepKey(step) === chosen) ?? tellingStep(steps);
  if (!shown) return <p className="muted">{t("inspector.notReached")}</p>;
  const inLoop = steps.some((step) => step.iteration.length > 0);
  return (
    <div className="stack">
      {steps.length === 1 ? (
        <div className="row">
          <StatusChip status={shown.status} />
          {shown.duration_ms !== null && <span className="muted num">{duration(shown.duration_ms)}</span>}
        </div>
      ) : (
        <div className="attempts">
          <table className="table">
            <thead>
              <tr>
                {inLoop && <th scope="col">{t("steps.iteration")}</th>}
                <th scope="col">{t("steps.attempt")}</th>
                <th scope="col">{t("steps.status")}</th>
                <th scope="col" className="end">
                  {t("steps.duration")}
                </th>
              </tr>
            </thead>
            <tbody>
              {steps.slice(0, mostListed).map((step) => (
                // The button inside is what keyboards use; the row widens its reach.
                <tr
                  key={stepKey(step)}
                  className={step === shown ? "selected" : undefined}
                  onClick={() => setChosen(stepKey(step))}
                >
                  {inLoop && <td className="num">{iterationText(step.iteration)}</td>}
                  <td className="num">
                    <button type="button" className="plain-button" aria-pressed={step === shown}>
                      {step.attempt}
                    </button>
                  </td>
                  <td>
                    <StatusChip status={step.status} />
                  </td>
                  <td className="end">{step.duration_ms === null ? "–" : duration(step.duration_ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ChildLink step={shown} />
      <StepData key={stepKey(shown)} step={shown} />
    </div>
  );
}
