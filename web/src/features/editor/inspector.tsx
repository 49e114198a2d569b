import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { nodeTypesQuery } from "~/api/queries/node-types.ts";
import type { Step } from "~/api/types.ts";
import { NodeIcon } from "~/canvas/node-icon.tsx";
import type { GraphNode } from "~/graph/document.ts";
import { reasonText } from "~/i18n/reason-text.ts";
import { t } from "~/i18n/t.ts";
import { stepsOf, tellingStep } from "~/steps/order-steps.ts";
import { StepError } from "~/steps/step-data.tsx";
import type { LiveExecution } from "~/steps/use-live-execution.ts";
import { IconButton } from "~/ui/button.tsx";
import { Notice } from "~/ui/notice.tsx";
import { PanelTabs } from "~/ui/tabs.tsx";
import { ValueView } from "~/ui/value-view/value-view.tsx";
import { NodeSettings } from "./node-settings.tsx";

type Tab = "setup" | "input" | "output";

/** One node: how it is set up, and what the shown execution did with it. */
export function Inspector({ node, live, onClose }: { node: GraphNode; live: LiveExecution; onClose: () => void }) {
  const [chosen, setChosen] = useState<Tab | null>(null);
  const types = useQuery(nodeTypesQuery);
  const step = tellingStep(stepsOf(live.steps, node.id));
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
            panel: <Side step={step} side="input" missing={missing} />,
          },
          {
            id: "output",
            label: t("step.output"),
            panel: step?.error ? (
              <StepError error={step.error} />
            ) : (
              <Side step={step} side="output" missing={missing} />
            ),
          },
        ]}
      />
    </>
  );
}

/** What went into the step, or what came out of it. */
function Side({ step, side, missing }: { step: Step | null; side: "input" | "output"; missing: ReactNode }) {
  if (!step) return missing;
  if (step[side] !== undefined) return <ValueView title={t(`step.${side}`)} value={step[side]} />;
  if (step.omitted?.includes(side)) return <p className="muted">{t(`step.${side}Omitted`)}</p>;
  if (step.status === "skipped") return <p className="muted">{t("step.skipped")}</p>;
  if (step.reason) return <Notice tone="wait" title={reasonText(step.reason, step.wake_at)} />;
  return <p className="muted">{t(`inspector.${side}NotRecorded`)}</p>;
}
