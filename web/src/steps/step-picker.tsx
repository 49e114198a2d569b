import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Step, StepStatus } from "~/api/types.ts";
import { partOf, passesOf } from "~/graph/passes.ts";
import { t } from "~/i18n/t.ts";
import { duration } from "~/lib/time.ts";
import { IconButton } from "~/ui/button.tsx";
import { StatusChip, statusWord } from "~/ui/status.tsx";
import { ViewSwitch } from "~/ui/tabs.tsx";
import { roundText, stepKey, tellingStep } from "./order-steps.ts";
import "./step-picker.css";

export interface StepChoice {
  /** In the order of rounds and attempts. */
  steps: readonly Step[];
  /** How many loops deep their node stands. */
  depth: number;
  shown: Step | null;
  show: (step: Step) => void;
}

/** Which of the steps of one node is looked at. */
export function useStepChoice(steps: readonly Step[], depth: number): StepChoice {
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = steps.find((step) => stepKey(step) === chosen) ?? tellingStep(steps, depth);
  return { steps, depth, shown, show: (step) => setChosen(stepKey(step)) };
}

/** The status of the one step there is, or the list of them to choose from. */
export function StepPicker({ choice }: { choice: StepChoice }) {
  const { steps, shown } = choice;
  if (!shown) return null;
  if (steps.length > 1) return <StepList choice={choice} shown={shown} />;
  return (
    <div className="row">
      <StatusChip status={shown.status} />
      {shown.duration_ms !== null && <span className="muted num">{duration(shown.duration_ms)}</span>}
    </div>
  );
}

function StepList({ choice, shown }: { choice: StepChoice; shown: Step }) {
  const { steps, depth, show } = choice;
  const [wanted, setWanted] = useState<StepStatus | "all">("all");
  const counts = countsOf(steps);
  const filter = wanted !== "all" && counts.has(wanted) ? wanted : "all";
  const listed = filter === "all" ? steps : steps.filter((step) => step.status === filter);
  const at = listed.indexOf(shown);
  const go = (to: number) => {
    const step = listed[to];
    if (step) show(step);
  };
  const rounds = passesOf(steps, depth).length;
  const attempts = steps.filter((step) => partOf(step, depth) === null).length;
  return (
    <section className="step-picker" aria-label={t("picker.label")}>
      <header className="row">
        <strong className="grow">
          {rounds > 1 ? t("canvas.rounds", { count: rounds }) : t("picker.attempts", { count: attempts })}
        </strong>
        <IconButton small label={t("picker.previous")} onClick={() => go(at - 1)} disabled={at <= 0}>
          <ChevronLeft size={14} />
        </IconButton>
        <IconButton
          small
          label={t("picker.next")}
          onClick={() => go(at + 1)}
          disabled={at < 0 ? listed.length === 0 : at === listed.length - 1}
        >
          <ChevronRight size={14} />
        </IconButton>
      </header>
      {counts.size > 1 && (
        <ViewSwitch<StepStatus | "all">
          label={t("picker.show")}
          items={[
            { id: "all", label: t("picker.all", { count: steps.length }) },
            ...[...counts].map(([id, count]) => ({ id, label: t("picker.some", { status: statusWord(id), count }) })),
          ]}
          current={filter}
          onChange={setWanted}
        />
      )}
      <Rows listed={listed} depth={depth} at={at} onShow={show} />
    </section>
  );
}

function countsOf(steps: readonly Step[]): Map<StepStatus, number> {
  const counts = new Map<StepStatus, number>();
  for (const { status } of steps) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

const rowHeight = 32;

/** Only the rows in view are in the page: a loop may have run thousands of times. */
function Rows({
  listed,
  depth,
  at,
  onShow,
}: {
  listed: readonly Step[];
  depth: number;
  at: number;
  onShow: (step: Step) => void;
}) {
  const box = useRef<HTMLUListElement>(null);
  const virtual = useVirtualizer({
    count: listed.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    initialOffset: Math.max(0, at - 2) * rowHeight,
  });
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  return (
    <ul className="step-picker-rows" ref={box}>
      <li aria-hidden="true" style={{ height: virtual.getTotalSize() }} />
      {virtual.getVirtualItems().map(({ index, start }) => {
        const step = listed[index];
        if (!step) return null;
        return (
          <li key={stepKey(step)} className="step-picker-row" style={{ transform: `translateY(${start}px)` }}>
            <button type="button" aria-pressed={index === at} onClick={() => onShow(step)}>
              <span className="grow truncate num">{nameOf(step, depth)}</span>
              <StatusChip status={step.status} />
              <span className="took num">{step.duration_ms === null ? "–" : duration(step.duration_ms)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** "Round 3", with its attempt or part where there is more to tell. */
function nameOf(step: Step, depth: number): string {
  const round = roundText(step, depth);
  const part = partOf(step, depth);
  const which = part === null ? t("picker.attempt", { attempt: step.attempt }) : t("picker.part", { part });
  if (round === "") return which;
  const isPlain = step.attempt === 1 && part === null;
  return isPlain ? t("picker.round", { round }) : `${t("picker.round", { round })} · ${which}`;
}
