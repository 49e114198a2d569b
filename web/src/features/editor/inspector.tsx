import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { nodeTypesQuery } from "~/api/queries/node-types.ts";
import type { Step } from "~/api/types.ts";
import { NodeIcon } from "~/canvas/node-icon.tsx";
import type { Graph, GraphNode } from "~/graph/document.ts";
import { depthOf } from "~/graph/passes.ts";
import { t } from "~/i18n/t.ts";
import { stepKey, stepsOf } from "~/steps/order-steps.ts";
import { hasValue, StepError, StepValue } from "~/steps/step-data.tsx";
import { type StepChoice, StepPicker, stepChoice } from "~/steps/step-picker.tsx";
import { StepWait } from "~/steps/step-wait.tsx";
import type { LiveExecution } from "~/steps/use-live-execution.ts";
import { IconButton } from "~/ui/button.tsx";
import { PanelTabs } from "~/ui/tabs.tsx";
import { NodeSettings } from "./node-settings.tsx";

type Tab = "setup" | "input" | "output";

interface InspectorProps {
  node: GraphNode;
  bodies: Graph["bodies"];
  live: LiveExecution;
  onClose: () => void;
}

/** One node: how it is set up, and what the shown execution did with it. */
export function Inspector({ node, bodies, live, onClose }: InspectorProps) {
  const [chosen, setChosen] = useState<Tab | null>(null);
  const types = useQuery(nodeTypesQuery);
  const steps = stepsOf(live.steps, node.id);
  const choice = stepChoice(steps, depthOf(bodies, node.id, steps), useState<string | null>(null));
  const executionId = live.execution?.id ?? "";
  const missing = <p className="muted">{t(live.execution ? "inspector.notReached" : "inspector.noExecution")}</p>;
  return (
    <>
      <header className={`inspector-head category-${node.group}`}>
        <span className="tile">
          <NodeIcon name={node.icon} />
        </span>
        <div className="grow">
          <h2 className="truncate">{node.title}</h2>
          <div className="kind truncate">{node.typeTitle}</div>
        </div>
        <IconButton small label={t("inspector.close")} onClick={onClose}>
          <X size={14} />
        </IconButton>
      </header>
      <PanelTabs
        current={chosen ?? (live.execution ? "output" : "setup")}
        onChange={setChosen}
        panelClass="inspector-body"
        items={[
          {
            id: "setup",
            label: t("inspector.setup"),
            panel: <NodeSettings node={node} type={types.data?.get(node.type) ?? null} />,
          },
          {
            id: "input",
            label: t("step.input"),
            panel: <Side choice={choice} side="input" missing={missing} executionId={executionId} />,
          },
          {
            id: "output",
            label: t("step.output"),
            panel: <Side choice={choice} side="output" missing={missing} executionId={executionId} />,
          },
        ]}
      />
    </>
  );
}

interface SideProps {
  choice: StepChoice;
  side: "input" | "output";
  missing: ReactNode;
  executionId: string;
}

/** What went into the chosen step, or what came out of it. */
function Side({ choice, side, missing, executionId }: SideProps) {
  const step = choice.shown;
  if (!step) return missing;
  return (
    <div className="stack">
      {choice.steps.length > 1 && <StepPicker choice={choice} />}
      {side === "output" && step.error && <StepError error={step.error} />}
      <StepWait step={step} executionId={executionId} />
      <StepValue key={stepKey(step)} step={step} side={side} />
      <Nothing step={step} side={side} />
    </div>
  );
}

/** Why there is no data, where there is none and nothing else says why. */
function Nothing({ step, side }: { step: Step; side: "input" | "output" }) {
  if (hasValue(step, side) || step.reason || (side === "output" && step.error)) return null;
  return <p className="muted">{t(step.status === "skipped" ? "step.skipped" : `inspector.${side}NotRecorded`)}</p>;
}
