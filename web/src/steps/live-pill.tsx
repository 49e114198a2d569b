import { Square } from "lucide-react";
import { isTerminal, useCancelExecution } from "~/api/queries/executions.ts";
import type { Execution } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { shortId } from "~/lib/short-id.ts";
import { Button } from "~/ui/button.tsx";
import { RunningTime } from "~/ui/running-time.tsx";
import { StatusChip } from "~/ui/status.tsx";
import "./live-pill.css";

/** What the shown execution is doing, over the canvas: status, id, clock, progress, stop. */
export function LivePill({
  execution,
  progress,
  children,
}: {
  execution: Execution;
  progress: { done: number; total: number };
  children?: React.ReactNode;
}) {
  const cancel = useCancelExecution();
  const { done, total } = progress;
  const ended = isTerminal(execution.status);
  return (
    <section className="float live-pill" aria-label={t("live.label")}>
      <span role="status">
        <StatusChip status={execution.status} />
      </span>
      <span className="mono muted" title={execution.id}>
        {shortId(execution.id)}
      </span>
      <b>
        <RunningTime
          startedAt={execution.started_at ?? execution.created_at}
          endedAt={execution.finished_at}
          durationMs={execution.duration_ms}
        />
      </b>
      <span className="muted num">{t("live.steps", { done, total })}</span>
      <progress
        className={`bar ${execution.status}`}
        value={done}
        max={Math.max(1, total)}
        aria-label={t("live.progress")}
      />
      {!ended && (
        <Button small look="ghost danger" onClick={() => cancel.mutate(execution.id)} disabled={cancel.isPending}>
          <Square size={14} aria-hidden="true" />
          {t("live.stop")}
        </Button>
      )}
      {children}
    </section>
  );
}
