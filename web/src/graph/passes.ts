import type { Step, StepStatus } from "~/api/types.ts";
import { groupBy } from "~/lib/group-by.ts";
import { roundsAround } from "./bodies.ts";
import type { Graph } from "./document.ts";

/** One time that a node ran: outside of loops the only one, inside one for every round. */
export interface Pass {
  /** The rounds around it, outermost first. */
  iteration: Step["iteration"];
  status: StepStatus;
  /** What the pass came to: its last attempt. While there is none yet, the latest of its parts. */
  shown: Step;
  /** Its attempts, and the parts of them that are steps of their own: pauses between tries, pages. */
  steps: readonly Step[];
}

/** The passes of one node that stands `depth` loops deep, in the order in which they began. */
export function passesOf(steps: readonly Step[], depth: number): Pass[] {
  const passes = groupBy(steps, (step) => roundsOf(step, depth).join("."));
  return [...passes.values()].map((own) => passOf(own, depth));
}

/** The rounds that a step of a node so deep belongs to. */
export const roundsOf = (step: Step, depth: number): Step["iteration"] => step.iteration.slice(0, depth);

/** The number of a part; null for an attempt as a whole. */
export const partOf = (step: Step, depth: number): number | null => step.iteration[depth] ?? null;

/** How many loops deep a node stands; where its definition is not known, told by its steps alone. */
export function depthOf(bodies: Graph["bodies"] | null, id: string, steps: readonly Step[]): number {
  if (bodies) return roundsAround(bodies.get(id) ?? null);
  return steps.length === 0 ? 0 : Math.min(...steps.map((step) => step.iteration.length));
}

function passOf(steps: readonly Step[], depth: number): Pass {
  const attempts = steps.filter((step) => partOf(step, depth) === null);
  const last = attempts.reduce<Step | null>(
    (found, step) => (found && found.attempt > step.attempt ? found : step),
    null,
  );
  const shown = last ?? (steps.at(-1) as Step);
  return { iteration: roundsOf(shown, depth), status: last?.status ?? openStatus(steps), shown, steps };
}

/** Of something that has parts and no end yet. */
const openStatus = (steps: readonly Step[]): StepStatus =>
  steps.some(({ status }) => status === "waiting") && !steps.some(({ status }) => status === "running")
    ? "waiting"
    : "running";
