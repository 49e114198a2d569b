import { Link, useNavigate } from "@tanstack/react-router";
import type { Execution } from "~/api/types.ts";
import { reasonText } from "~/i18n/reason-text.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { shortId } from "~/lib/short-id.ts";
import { RelativeTime } from "~/ui/relative-time.tsx";
import { RunningTime } from "~/ui/running-time.tsx";
import { StatusChip } from "~/ui/status.tsx";
import { Trigger } from "./trigger.tsx";
import "~/styles/table.css";

export function ExecutionTable({
  executions,
  showWorkflow,
}: {
  executions: readonly Execution[];
  showWorkflow: boolean;
}) {
  const navigate = useNavigate();
  return (
    <div className="table-box grow">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("executions.status")}</th>
            <th scope="col" className="fill">
              {t(showWorkflow ? "executions.workflow" : "executions.version")}
            </th>
            <th scope="col">{t("executions.startedBy")}</th>
            <th scope="col" className="end">
              {t("executions.started")}
            </th>
            <th scope="col" className="end">
              {t("executions.duration")}
            </th>
            <th scope="col">{t("executions.id")}</th>
          </tr>
        </thead>
        <tbody>
          {executions.map((execution) => (
            // The link in the last cell is what keyboards and readers use; the row only widens its reach.

            <tr key={execution.id} onClick={() => void navigate(paths.execution(execution.id))}>
              <td>
                <StatusChip status={execution.status} />
              </td>
              <td className="fill">
                <What execution={execution} showWorkflow={showWorkflow} />
              </td>
              <td>
                <Trigger trigger={execution.trigger} />
              </td>
              <td className="end">
                <RelativeTime at={execution.started_at ?? execution.created_at} />
              </td>
              <td className="end">
                <RunningTime
                  startedAt={execution.started_at}
                  endedAt={execution.finished_at}
                  durationMs={execution.duration_ms}
                />
              </td>
              <td>
                <Link
                  {...paths.execution(execution.id)}
                  className="mono muted"
                  title={execution.id}
                  aria-label={t("executions.open", { id: shortId(execution.id) })}
                  onClick={(event) => event.stopPropagation()}
                >
                  {shortId(execution.id)}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function What({ execution, showWorkflow }: { execution: Execution; showWorkflow: boolean }) {
  const version = execution.version === null ? t("executions.draft") : `v${execution.version}`;
  const { error, reason, wake_at } = execution;
  const detail = error?.message ?? (reason && reasonText(reason, wake_at));
  return (
    <>
      {showWorkflow ? (
        <span className="main-line">
          <b className="main-link truncate" title={execution.workflow_name ?? undefined}>
            {execution.workflow_name ?? t("executions.inline")}
          </b>
          {execution.workflow_id && <span className="muted">{version}</span>}
        </span>
      ) : (
        <span>{version}</span>
      )}
      {detail && <span className={`sub truncate ${execution.error ? "bad" : ""}`}>{detail}</span>}
    </>
  );
}
