import type { ReactNode } from "react";
import type { Failure, Step } from "~/api/types.ts";
import { reasonText } from "~/i18n/reason-text.ts";
import { t } from "~/i18n/t.ts";
import { Notice } from "~/ui/notice.tsx";
import { ValueView } from "~/ui/value-view/value-view.tsx";

/** What went into one attempt of a step, and what came out. */
export function StepData({ step }: { step: Step }) {
  return (
    <div className="stack">
      {step.error && <StepError error={step.error} />}
      {step.reason && <Notice tone="wait" title={reasonText(step.reason, step.wake_at)} />}
      {step.output !== undefined && <ValueView title={t("step.output")} value={step.output} />}
      {step.input !== undefined && <ValueView title={t("step.input")} value={step.input} />}
      {step.omitted?.includes("output") && <p className="muted">{t("step.outputOmitted")}</p>}
      {step.omitted?.includes("input") && <p className="muted">{t("step.inputOmitted")}</p>}
      {isEmpty(step) && <p className="muted">{t(step.status === "skipped" ? "step.skipped" : "step.noData")}</p>}
    </div>
  );
}

const isEmpty = ({ input, output, error, reason, omitted }: Step): boolean =>
  input === undefined && output === undefined && !error && !reason && !omitted?.length;

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
