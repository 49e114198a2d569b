import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { Step, StepStatus } from "~/api/types.ts";
import { partOf, passesOf } from "~/graph/passes.ts";
import { t } from "~/i18n/t.ts";
import { duration } from "~/lib/time.ts";
import { IconButton } from "~/ui/button.tsx";
import { StatusChip, statusWord } from "~/ui/status.tsx";
import { ViewSwitch } from "~/ui/tabs.tsx";
import { attemptKey, roundText, stepKey, tellingStep } from "./order-steps.ts";
import "./step-picker.css";

export interface StepChoice {
  /** In the order of rounds and attempts. */
  steps: readonly Step[];
  /** How many loops deep their node stands. */
  depth: number;
  shown: Step | null;
  show: (step: Step) => void;
}

/** Which of the steps of one node is looked at: the chosen one, or what tells most while none is. */
export function stepChoice(
  steps: readonly Step[],
  depth: number,
  [chosen, choose]: readonly [chosen: string | null, choose: (key: string) => void],
): StepChoice {
  const shown = steps.find((step) => attemptKey(step) === chosen) ?? tellingStep(steps, depth);
  return { steps, depth, shown, show: (step) => choose(attemptKey(step)) };
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

interface RowsProps {
  listed: readonly Step[];
  depth: number;
  /** Which of them is shown. */
  at: number;
  onShow: (step: Step) => void;
}

/** Only the rows in view are in the page: a loop may have run thousands of times. For Tab they are one stop. */
function Rows({ listed, depth, at, onShow }: RowsProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
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
  const walk = (event: KeyboardEvent) => {
    const step = listed[walked(event.key, at, listed.length)];
    if (!step) return;
    event.preventDefault();
    onShow(step);
  };
  return (
    <div
      ref={box}
      className="step-picker-rows"
      role="listbox"
      aria-label={t("picker.label")}
      aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
      tabIndex={0}
      onKeyDown={walk}
    >
      <div style={{ height: virtual.getTotalSize() }} role="presentation" />
      {virtual.getVirtualItems().map(({ index, start }) => {
        const step = listed[index];
        if (!step) return null;
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the list, which names the row that is current.
          <div
            key={stepKey(step)}
            id={`${id}-${index}`}
            className="step-picker-row"
            role="option"
            aria-selected={index === at}
            aria-posinset={index + 1}
            aria-setsize={listed.length}
            style={{ transform: `translateY(${start}px)` }}
            onClick={() => onShow(step)}
          >
            <span className="grow truncate num">{nameOf(step, depth)}</span>
            <StatusChip status={step.status} />
            <span className="took num">{step.duration_ms === null ? "–" : duration(step.duration_ms)}</span>
          </div>
        );
      })}
    </div>
  );
}

/** Where a key leads from a row; nowhere that exists for other keys. */
function walked(key: string, at: number, count: number): number {
  switch (key) {
    case "ArrowDown":
      return at + 1;
    case "ArrowUp":
      return at - 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return -1;
  }
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
