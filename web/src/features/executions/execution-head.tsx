import { Link, useNavigate } from "@tanstack/react-router";
import { Clock, Hourglass, RotateCw, Square, Timer, Workflow } from "lucide-react";
import { isTerminal, useCancelExecution, useExecute } from "~/api/queries/executions.ts";
import type { Execution } from "~/api/types.ts";
import { reasonText } from "~/i18n/reason-text.ts";
import { locale, t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { shortId } from "~/lib/short-id.ts";
import { nodeOfStep } from "~/lib/step-name.ts";
import { exactTime } from "~/lib/time.ts";
import { StepError } from "~/steps/step-data.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { CopyButton } from "~/ui/copy-button.tsx";
import { RunningTime } from "~/ui/running-time.tsx";
import { StatusChip } from "~/ui/status.tsx";
import { Trigger } from "./trigger.tsx";

interface HeadProps {
  execution: Execution;
  nameOf: (nodeId: string) => string;
  onSelect: (nodeId: string) => void;
}

export function ExecutionHead({ execution, nameOf, onSelect }: HeadProps) {
  const { error } = execution;
  const failedAt = error?.node_id ?? null;
  return (
    <header className="execution-head">
      <div className="page-head">
        <span role="status">
          <StatusChip status={execution.status} />
        </span>
        <h1>
          {execution.workflow_name ?? t("executions.inline")}{" "}
          <span className="muted" style={{ fontWeight: 500 }}>
            {execution.version === null
              ? execution.workflow_id
                ? t("executions.draft")
                : ""
              : `v${execution.version}`}
          </span>
        </h1>
        <span className="mono muted">{execution.id}</span>
        <CopyButton label={t("execution.copyId")} text={() => execution.id} />
        <span className="grow" />
        <Actions execution={execution} />
      </div>
      <Facts execution={execution} />
      {error && (
        <StepError
          error={error}
          title={failedAt ? t("execution.failedAt", { node: nameOf(failedAt) }) : t("execution.failed")}
          actions={
            failedAt && (
              <Button small onClick={() => onSelect(failedAt)}>
                {t("execution.showStep", { node: nameOf(failedAt) })}
              </Button>
            )
          }
        />
      )}
    </header>
  );
}

function Facts({ execution }: { execution: Execution }) {
  const started = execution.started_at ?? execution.created_at;
  return (
    <div className="facts">
      <span>
        <Clock size={14} aria-hidden="true" />
        <time dateTime={started}>{exactTime(new Date(started), locale)}</time>
      </span>
      <span>
        <Timer size={14} aria-hidden="true" />
        <RunningTime
          startedAt={execution.started_at}
          endedAt={execution.finished_at}
          durationMs={execution.duration_ms}
        />
      </span>
      <Trigger trigger={execution.trigger} />
      {execution.reason && (
        <span>
          <Hourglass size={14} aria-hidden="true" />
          {reasonText(execution.reason, execution.wake_at)}
        </span>
      )}
      {execution.parent_id && (
        <Link
          {...paths.execution(
            execution.parent_id,
            execution.parent_step ? { node: nodeOfStep(execution.parent_step) } : {},
          )}
        >
          {t("execution.startedBy", { step: execution.parent_step ?? "", id: shortId(execution.parent_id) })}
        </Link>
      )}
      {execution.retry_of && (
        <Link {...paths.execution(execution.retry_of)}>{t("execution.retryOf", { id: execution.retry_of })}</Link>
      )}
    </div>
  );
}

function Actions({ execution }: { execution: Execution }) {
  const navigate = useNavigate();
  const cancel = useCancelExecution();
  const execute = useExecute();
  const workflowId = execution.workflow_id;
  const runAgain = () => {
    if (workflowId === null) return;
    const body = { input: execution.input ?? null, version: execution.version ?? ("draft" as const) };
    execute.mutate(
      { workflowId, body },
      { onSuccess: ({ execution_id }) => void navigate(paths.execution(execution_id)) },
    );
  };
  return (
    <div className="row execution-actions">
      {!isTerminal(execution.status) && (
        <Button look="danger" onClick={() => cancel.mutate(execution.id)} disabled={cancel.isPending}>
          <Square size={14} aria-hidden="true" />
          {t("execution.cancel")}
        </Button>
      )}
      {workflowId !== null && (
        <>
          <Link {...paths.workflow(workflowId, { execution: execution.id })} className={buttonClass({})}>
            <Workflow size={14} aria-hidden="true" />
            {t("execution.openWorkflow")}
          </Link>
          <Button look="primary" onClick={runAgain} disabled={execute.isPending}>
            <RotateCw size={14} aria-hidden="true" />
            {t("execution.again")}
          </Button>
        </>
      )}
    </div>
  );
}
