import { getRouteApi } from "@tanstack/react-router";
import { t } from "~/i18n/t.ts";
import { ExecutionList } from "./execution-list.tsx";
import { StatusFilter } from "./status-filter.tsx";
import { WorkflowFilter } from "./workflow-filter.tsx";

const route = getRouteApi("/signed-in/executions");

export function ExecutionsPage() {
  const { status, workflow } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("nav.executions")}</h1>
      </header>
      <ExecutionList
        filter={{ status, workflowId: workflow }}
        onClear={status || workflow ? () => void navigate({ search: {} }) : null}
        filters={
          <>
            <StatusFilter
              value={status}
              onChange={(next) => void navigate({ search: (before) => ({ ...before, status: next }), replace: true })}
            />
            <WorkflowFilter
              value={workflow}
              onChange={(next) => void navigate({ search: (before) => ({ ...before, workflow: next }), replace: true })}
            />
          </>
        }
      />
    </div>
  );
}
