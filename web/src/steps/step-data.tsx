import { type ReactNode, Suspense } from "react";
import type { Failure, Step } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";
import { ValueView } from "~/ui/value-view/value-view.tsx";
import { LazyLargeParts } from "./lazy-large-parts.ts";
import { StepWait } from "./step-wait.tsx";

/** What went into one attempt of a step, and what came out. */
export function StepData({ step, executionId }: { step: Step; executionId: string }) {
  return (
    <div className="stack">
      {step.error && <StepError error={step.error} />}
      <StepWait step={step} executionId={executionId} />
      <StepValue step={step} side="output" />
      <StepValue step={step} side="input" />
      {isEmpty(step) && <p className="muted">{t(step.status === "skipped" ? "step.skipped" : "step.noData")}</p>}
    </div>
  );
}

const isEmpty = (step: Step): boolean =>
  !hasValue(step, "input") && !hasValue(step, "output") && !step.error && !step.reason;

type Side = "input" | "output";

/** Whether anything is known of what went in, or came out. */
export const hasValue = (step: Step, side: Side): boolean =>
  step[side] !== undefined || step.omitted?.includes(side) === true;

/** One of the two: the value, and what of it is kept elsewhere because it is too large. */
export function StepValue({ step, side }: { step: Step; side: Side }) {
  if (!hasValue(step, side)) return null;
  const parts = step.large?.[side] ?? [];
  const title = t(`step.${side}`);
  if (step[side] !== undefined) {
    return (
      <>
        <ValueView title={title} value={step[side]} />
        {parts.length > 0 && (
          <Suspense fallback={<Loading />}>
            <LazyLargeParts parts={parts} />
          </Suspense>
        )}
      </>
    );
  }
  return parts.length > 0 ? (
    <Suspense fallback={<Loading />}>
      <LazyLargeParts title={title} parts={parts} />
    </Suspense>
  ) : (
    <p className="muted">{t(`step.${side}Omitted`)}</p>
  );
}

export function StepError({ error, title, actions }: { error: Failure; title?: string; actions?: ReactNode }) {
  return (
    <Notice tone="bad" title={title ?? t("step.failed")} actions={actions}>
      <div className="mono">{error.message}</div>
      <div className="mono muted">{error.code}</div>
      {error.details !== undefined && error.details !== null && (
        <ValueView title={t("step.errorDetails")} value={error.details} />
      )}
    </Notice>
  );
}
