import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemText } from "~/api/problem-text.ts";
import { type ExecutionFilter, executionListQuery, isRefreshed } from "~/api/queries/executions.ts";
import type { Execution } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { Button } from "~/ui/button.tsx";
import { EmptyState } from "~/ui/empty-state.tsx";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";
import { ExecutionTable } from "./execution-table.tsx";
import "./executions.css";

/** Executions that fit the filter, newest first, refreshed while they are looked at. */
export function ExecutionList({
  filter,
  filters,
  onClear,
}: {
  filter: ExecutionFilter;
  filters: ReactNode;
  onClear: (() => void) | null;
}) {
  const list = useInfiniteQuery(executionListQuery(filter));
  const isLive = !list.error && isRefreshed(list.data);
  const executions = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="panel list-panel" aria-label={t("nav.executions")}>
      <div className="list-bar">
        {filters}
        <span className="grow" />
        {isLive && <span className="live-dot">{t("executions.live")}</span>}
      </div>
      {list.error && (
        <div className="list-notice">
          <Notice
            tone="bad"
            {...problemText(list.error)}
            actions={
              <Button small onClick={() => void list.refetch()}>
                {t("common.retry")}
              </Button>
            }
          />
        </div>
      )}
      {list.data ? (
        <Found executions={executions} showWorkflow={filter.workflowId === undefined} onClear={onClear} />
      ) : list.isPending ? (
        <Loading />
      ) : (
        <span className="grow" />
      )}
      <footer className="list-foot">
        <span className="muted num">{list.data && t("executions.shown", { count: executions.length })}</span>
        {list.hasNextPage && (
          <Button small onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            {t("common.loadMore")}
          </Button>
        )}
      </footer>
    </section>
  );
}

interface FoundProps {
  executions: readonly Execution[];
  showWorkflow: boolean;
  onClear: (() => void) | null;
}

function Found({ executions, showWorkflow, onClear }: FoundProps) {
  if (executions.length > 0) return <ExecutionTable executions={executions} showWorkflow={showWorkflow} />;
  if (!onClear) return <EmptyState title={t("executions.emptyTitle")} text={t("executions.emptyText")} />;
  return (
    <EmptyState
      title={t("executions.noneTitle")}
      text={t("executions.noneText")}
      actions={<Button onClick={onClear}>{t("executions.clear")}</Button>}
    />
  );
}
