import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { problemText } from "~/api/problem-text.ts";
import { type ApprovalFilter, approvalListQuery } from "~/api/queries/approvals.ts";
import type { Approval, Decision } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { nodeOfStep } from "~/lib/step-name.ts";
import { Button } from "~/ui/button.tsx";
import { Chip } from "~/ui/chip.tsx";
import { EmptyState } from "~/ui/empty-state.tsx";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";
import { RelativeTime } from "~/ui/relative-time.tsx";
import { FilterSelect } from "~/ui/select.tsx";
import { DecisionDialog } from "./decision-dialog.tsx";
import "./approvals.css";

const route = getRouteApi("/signed-in/approvals");

/** `open` for all that can be decided, `mine` for those of them that name whoever looks. */
const filters: readonly ApprovalFilter[] = ["open", "mine", "all"];

/** What executions wait for people to decide. */
export function ApprovalsPage() {
  const { show = "open" } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(approvalListQuery(show));
  const [deciding, setDeciding] = useState<{ approval: Approval; decision: Decision } | null>(null);
  const approvals = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("nav.approvals")}</h1>
        <span className="grow" />
        <FilterSelect
          label={t("approvals.show")}
          value={show}
          onChange={(next) =>
            void navigate({ search: next === "mine" || next === "all" ? { show: next } : {}, replace: true })
          }
          options={filters.map((filter) => ({ value: filter, label: t(`approvals.${filter}`) }))}
        />
      </header>
      {list.error && <Notice tone="bad" {...problemText(list.error)} />}
      {list.isPending ? (
        <Loading />
      ) : approvals.length === 0 ? (
        !list.error &&
        (show === "mine" ? (
          <EmptyState title={t("approvals.noneMine")} text={t("approvals.noneMineText")} />
        ) : (
          <EmptyState title={t("approvals.none")} text={t("approvals.noneText")} />
        ))
      ) : (
        <ul className="approvals" aria-label={t("nav.approvals")}>
          {approvals.map((approval) => (
            <ApprovalCard
              key={approval.id}
              approval={approval}
              onDecide={(decision) => setDeciding({ approval, decision })}
            />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
          {t("common.loadMore")}
        </Button>
      )}
      {deciding && <DecisionDialog {...deciding} onClose={() => setDeciding(null)} />}
    </div>
  );
}

function ApprovalCard({ approval, onDecide }: { approval: Approval; onDecide: (decision: Decision) => void }) {
  return (
    <li className="panel approval" aria-label={approval.title}>
      <div className="grow">
        <div className="approval-head">
          <strong>{approval.title}</strong>
          <Standing approval={approval} />
        </div>
        {approval.message && <p className="approval-message">{approval.message}</p>}
        <p className="muted approval-facts">
          <Link {...paths.execution(approval.execution_id, { node: nodeOfStep(approval.step) })}>
            {approval.workflow_name ?? t("approvals.inline")}
          </Link>
          <span>
            {t("approvals.asked")} <RelativeTime at={approval.created_at} />
          </span>
          {approval.assignees.length > 0 && <span>{t("approvals.for", { who: approval.assignees.join(", ") })}</span>}
        </p>
      </div>
      {approval.status === "open" &&
        (approval.can_decide ? (
          <div className="approval-actions">
            <Button look="ghost danger" onClick={() => onDecide("rejected")}>
              {t("approvals.reject")}
            </Button>
            <Button look="primary" onClick={() => onDecide("approved")}>
              {t("approvals.approve")}
            </Button>
          </div>
        ) : (
          <span className="muted">{t("approvals.notYours")}</span>
        ))}
    </li>
  );
}

/** Where a question stands, and who decided. */
function Standing({ approval }: { approval: Approval }) {
  if (approval.status === "open") return <Chip tone="wait">{t("approvals.open")}</Chip>;
  if (approval.status === "over") return <Chip tone="off">{t("approvals.over")}</Chip>;
  const made = approval.decision as { decision: Decision; by: { name: string }; comment: string | null } | null;
  if (!made) return null;
  return (
    <>
      <Chip tone={made.decision === "approved" ? "ok" : "bad"}>{t(`approvals.${made.decision}`)}</Chip>
      <span className="muted">{made.comment ? `${made.by.name}: ${made.comment}` : made.by.name}</span>
    </>
  );
}
