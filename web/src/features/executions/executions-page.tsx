import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { workflowListQuery } from "~/api/queries/workflows.ts";
import { t } from "~/i18n/t.ts";
import { FilterSelect } from "~/ui/select.tsx";
import { ExecutionList } from "./execution-list.tsx";
import { StatusFilter } from "./status-filter.tsx";

const route = getRouteApi("/signed-in/executions");

export function ExecutionsPage() {
  const { status, workflow } = route.useSearch();
  const navigate = route.useNavigate();
  const workflows = useInfiniteQuery(workflowListQuery);
  const known = workflows.data?.pages.flatMap((page) => page.items) ?? [];
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
            <FilterSelect
              label={t("executions.workflow")}
              value={workflow ?? ""}
              onChange={(next) =>
                void navigate({ search: (before) => ({ ...before, workflow: next || undefined }), replace: true })
              }
              options={[
                { value: "", label: t("executions.any") },
                ...known.map(({ id, name }) => ({ value: id, label: name })),
                ...(workflow && !known.some(({ id }) => id === workflow) ? [{ value: workflow, label: workflow }] : []),
              ]}
            />
          </>
        }
      />
    </div>
  );
}
