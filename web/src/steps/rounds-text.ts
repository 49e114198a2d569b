import type { StepStatus } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { statusWord } from "~/ui/status.tsx";

const order: readonly StepStatus[] = ["running", "waiting", "failed", "cancelled", "succeeded", "skipped"];

/** "12 rounds: 1 failed, 11 succeeded". */
export function roundsText({
  rounds,
  counts,
}: {
  rounds: number;
  counts: Readonly<Record<StepStatus, number>>;
}): string {
  const parts = order
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${statusWord(status).toLowerCase()}`);
  return `${t("canvas.rounds", { count: rounds })}: ${parts.join(", ")}`;
}
