import { Link, useNavigate } from "@tanstack/react-router";
import type { RecentExecutions } from "~/api/queries/executions.ts";
import type { Execution, WorkflowSummary } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { groupBy } from "~/lib/group-by.ts";
import { paths } from "~/lib/paths.ts";
import { Chip } from "~/ui/chip.tsx";
import { RelativeTime } from "~/ui/relative-time.tsx";
import { StatusIcon, statusLook, statusWord } from "~/ui/status.tsx";
import "~/styles/table.css";

export function WorkflowTable({
  workflows,
  recent,
}: {
  workflows: readonly WorkflowSummary[];
  recent: RecentExecutions | undefined;
}) {
  const navigate = useNavigate();
  const byWorkflow = groupBy(recent?.items ?? [], (execution) => execution.workflow_id);
  return (
    <div className="table-box">
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="fill">
              {t("workflows.name")}
            </th>
            <th scope="col">{t("workflows.state")}</th>
            <th scope="col">{t("workflows.latest")}</th>
            <th scope="col" className="end">
              {t("workflows.updated")}
            </th>
          </tr>
        </thead>
        <tbody>
          {workflows.map((workflow) => (
            // The link in the first cell is what keyboards and readers use; the row only widens its reach.

            <tr key={workflow.id} onClick={() => void navigate(paths.workflow(workflow.id))}>
              <td className="fill">
                <span className="main-line">
                  <Link
                    {...paths.workflow(workflow.id)}
                    className="main-link truncate"
                    title={workflow.name}
                    onClick={(event) => event.stopPropagation()}
                  >
                    {workflow.name}
                  </Link>
                  {workflow.tags.slice(0, mostTags).map((tag) => (
                    <span key={tag} className="tag">
                      {tag}
                    </span>
                  ))}
                </span>
                {workflow.description && <span className="sub truncate">{workflow.description}</span>}
              </td>
              <td>
                <WorkflowState workflow={workflow} />
              </td>
              <td>
                <Strip executions={byWorkflow.get(workflow.id) ?? []} areAll={recent?.areAll ?? false} />
              </td>
              <td className="end muted">
                <RelativeTime at={workflow.updated_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function WorkflowState({ workflow }: { workflow: WorkflowSummary }) {
  const { version, unpublished_changes } = workflow;
  return (
    <span className="row">
      {version !== null && <Chip tone="ok">{t("workflow.live", { version })}</Chip>}
      {(version === null || unpublished_changes) && <Chip tone="wait">{t("workflow.draft")}</Chip>}
    </span>
  );
}

const mostTags = 4;
const stripLength = 20;

/** The latest executions, oldest first; bars differ in shape as well as in colour. */
function Strip({ executions, areAll }: { executions: readonly Execution[]; areAll: boolean }) {
  // What is not among the newest of the tenant may still have run before them.
  if (executions.length === 0) return <span className="muted">{areAll ? t("workflows.neverRan") : "–"}</span>;
  const shown = executions.slice(0, stripLength).reverse();
  const counts = [...groupBy(shown, (execution) => execution.status)].map(
    ([status, own]) => `${own.length} ${statusWord(status).toLowerCase()}`,
  );
  return (
    <span className="strip" role="img" aria-label={counts.join(", ")} title={counts.join(", ")}>
      {executions[0] && (
        <span className={`strip-latest tone-${statusLook[executions[0].status].tone}`}>
          <StatusIcon status={executions[0].status} />
        </span>
      )}
      {shown.map(({ id, status }) => (
        <i key={id} className={statusLook[status].tone} />
      ))}
    </span>
  );
}
