import type { Step } from "~/api/types.ts";
import { partOf, roundsOf } from "~/graph/passes.ts";
import { t } from "~/i18n/t.ts";

/** The steps of one node, first round and first attempt first. */
export function stepsOf(steps: readonly Step[], nodeId: string): Step[] {
  return steps.filter((step) => step.node_id === nodeId).toSorted(byIterationAndAttempt);
}

/** The step to show when nothing else is asked for: a failed one if there is one, else the latest whole one. */
export function tellingStep(steps: readonly Step[], depth: number): Step | null {
  const whole = steps.filter((step) => partOf(step, depth) === null);
  return whole.findLast((step) => step.status === "failed") ?? whole.at(-1) ?? steps.at(-1) ?? null;
}

/** Tells a step from the others of its node. */
export const attemptKey = (step: Step): string => `${step.iteration.join(".")}/${step.attempt}`;

export const stepKey = (step: Step): string => `${step.node_id}/${attemptKey(step)}`;

/** The round for people, who count from 1, outermost loop first; empty outside of loops. */
export const roundText = (step: Step, depth: number): string =>
  roundsOf(step, depth)
    .map((round) => round + 1)
    .join(".");

/** Which attempt of its round a step is, or which part of one. */
export function attemptText(step: Step, depth: number): string {
  const part = partOf(step, depth);
  return part === null ? step.attempt.toLocaleString() : t("steps.part", { number: part });
}

function byIterationAndAttempt(a: Step, b: Step): number {
  for (const [depth, round] of a.iteration.entries()) {
    const other = b.iteration[depth] ?? -1;
    if (round !== other) return round - other;
  }
  return a.iteration.length - b.iteration.length || a.attempt - b.attempt;
}
