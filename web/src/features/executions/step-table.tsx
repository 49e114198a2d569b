import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import type { Step } from "~/api/types.ts";
import type { Graph } from "~/graph/document.ts";
import { depthOf } from "~/graph/passes.ts";
import { locale, t } from "~/i18n/t.ts";
import { groupBy } from "~/lib/group-by.ts";
import { clockTime, duration, exactTime } from "~/lib/time.ts";
import { attemptKey, attemptText, roundText, stepKey } from "~/steps/order-steps.ts";
import { StatusChip } from "~/ui/status.tsx";
import "~/styles/table.css";
import "./step-table.css";

interface StepTableProps {
  steps: readonly Step[];
  bodies: Graph["bodies"] | null;
  nameOf: (nodeId: string) => string;
  selected: string | null;
  onSelect: (nodeId: string, step: string) => void;
}

const rowHeight = 40;

/** Every attempt of every step. Only the rows in view are in the page. */
export function StepTable({ steps, bodies, nameOf, selected, onSelect }: StepTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const depths = useMemo(() => depthsOf(steps, bodies), [steps, bodies]);
  const virtual = useVirtualizer({
    count: steps.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  return (
    <div
      className="step-table"
      role="table"
      aria-label={t("execution.steps")}
      aria-rowcount={steps.length + 1}
      ref={box}
    >
      <div className="step-row head" role="row">
        {(["status", "step", "type", "iteration", "attempt", "started", "duration"] as const).map((column) => (
          <span key={column} role="columnheader">
            {t(`steps.${column}`)}
          </span>
        ))}
      </div>
      <div role="rowgroup" style={{ position: "relative", height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const step = steps[index];
          if (!step) return null;
          return (
            <div
              key={stepKey(step)}
              role="row"
              aria-rowindex={index + 2}
              className={step.node_id === selected ? "step-row selected" : "step-row"}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Cells
                step={step}
                depth={depths.get(step.node_id) ?? 0}
                name={nameOf(step.node_id)}
                onSelect={() => onSelect(step.node_id, attemptKey(step))}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function depthsOf(steps: readonly Step[], bodies: Graph["bodies"] | null): ReadonlyMap<string, number> {
  const own = groupBy(steps, (step) => step.node_id);
  return new Map([...own].map(([id, some]) => [id, depthOf(bodies, id, some)]));
}

interface CellsProps {
  step: Step;
  depth: number;
  name: string;
  onSelect: () => void;
}

function Cells({ step, depth, name, onSelect }: CellsProps) {
  const started = new Date(step.started_at);
  return (
    <>
      <span role="cell">
        <StatusChip status={step.status} />
      </span>
      <span role="cell" className="truncate">
        <button type="button" className="step-name truncate" onClick={onSelect}>
          {name}
        </button>
      </span>
      <span role="cell" className="muted truncate">
        {step.type}
      </span>
      <span role="cell" className="num">
        {roundText(step, depth) || "–"}
      </span>
      <span role="cell" className="num">
        {attemptText(step, depth)}
      </span>
      <span role="cell" className="mono" title={exactTime(started, locale)}>
        {clockTime(started, locale)}
      </span>
      <span role="cell" className="num">
        {step.duration_ms === null ? "–" : duration(step.duration_ms)}
      </span>
    </>
  );
}
