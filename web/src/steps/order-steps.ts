import type { Step } from "~/api/types.ts";

/** The steps of one node, first iteration and first attempt first. */
export function stepsOf(steps: readonly Step[], nodeId: string): Step[] {
  return steps.filter((step) => step.node_id === nodeId).toSorted(byIterationAndAttempt);
}

/** The step to show when nothing else is asked for: a failed one if there is one, else the latest. */
export function tellingStep(steps: readonly Step[]): Step | null {
  return steps.findLast((step) => step.status === "failed") ?? steps.at(-1) ?? null;
}

export const stepKey = (step: Step): string => `${step.node_id}/${step.iteration.join(".")}/${step.attempt}`;

/** The iteration for people, who count from 1, outermost loop first; empty outside of loops. */
export const iterationText = (iteration: Step["iteration"]): string => iteration.map((round) => round + 1).join(".");

function byIterationAndAttempt(a: Step, b: Step): number {
  for (const [depth, round] of a.iteration.entries()) {
    const other = b.iteration[depth] ?? -1;
    if (round !== other) return round - other;
  }
  return a.iteration.length - b.iteration.length || a.attempt - b.attempt;
}
