import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { problemText } from "~/api/problem-text.ts";
import { recentExecutionsQuery } from "~/api/queries/executions.ts";
import { useWorkflowList } from "~/api/queries/workflows.ts";
import { t } from "~/i18n/t.ts";
import { Button } from "~/ui/button.tsx";
import { EmptyState } from "~/ui/empty-state.tsx";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";
import { SearchField } from "~/ui/search-field.tsx";
import { matching } from "./matching.ts";
import { NewWorkflowDialog } from "./new-workflow-dialog.tsx";
import { WorkflowTable } from "./workflow-table.tsx";
import "./workflows-page.css";

const route = getRouteApi("/signed-in/workflows");

export function WorkflowsPage() {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const [creating, setCreating] = useState(false);
  const list = useWorkflowList(q !== "");
  const recent = useQuery(recentExecutionsQuery);
  const all = list.items;
  const shown = matching(all, q);
  const newButton = (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Plus size={16} aria-hidden="true" />
      {t("workflows.new")}
    </Button>
  );
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("nav.workflows")}</h1>
        <span className="grow" />
        {newButton}
      </header>
      {list.error && (
        <Notice
          tone="bad"
          {...problemText(list.error)}
          actions={
            <Button small onClick={() => void list.refetch()}>
              {t("common.retry")}
            </Button>
          }
        />
      )}
      {(list.isPending || list.data) && (
        <section className="panel list-panel" aria-label={t("nav.workflows")}>
          {list.isPending ? (
            <Loading />
          ) : all.length === 0 ? (
            <EmptyState title={t("workflows.emptyTitle")} text={t("workflows.emptyText")} actions={newButton} />
          ) : (
            <>
              <div className="list-bar">
                <SearchField
                  label={t("workflows.search")}
                  value={q}
                  onChange={(value) => void navigate({ search: value ? { q: value } : {}, replace: true })}
                />
              </div>
              {shown.length === 0 && list.wantsMore ? (
                <Loading />
              ) : shown.length === 0 ? (
                <EmptyState title={t("workflows.noneTitle")} text={t("workflows.noneText", { q })} />
              ) : (
                <WorkflowTable workflows={shown} recent={recent.data} />
              )}
              <footer className="list-foot">
                <span className="muted num">{t("workflows.count", { count: all.length })}</span>
                {list.hasNextPage && (
                  <Button small onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
                    {t("common.loadMore")}
                  </Button>
                )}
              </footer>
            </>
          )}
        </section>
      )}
      {creating && <NewWorkflowDialog onClose={() => setCreating(false)} />}
    </div>
  );
}
