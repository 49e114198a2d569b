import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet } from "@tanstack/react-router";
import { workflowQuery } from "~/api/queries/workflows.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { Chip } from "~/ui/chip.tsx";
import { type DraftState, draftState } from "./draft-state.ts";
import { PublishButton } from "./publish-button.tsx";
import { RunButton } from "./run-button.tsx";
import "~/ui/tabs.css";
import "./editor.css";

const route = getRouteApi("/signed-in/workflows/$id");

/** The frame of one workflow: its name, its tabs, and what can be done with it. */
export function WorkflowPage() {
  const { id } = route.useParams();
  const { data } = useSuspenseQuery(workflowQuery(id));
  const { workflow } = data;
  const draft = draftState(workflow);
  return (
    <div className="workflow-page">
      <header className="workflow-top">
        <div className="crumb">
          <Link {...paths.workflows()}>{t("nav.workflows")}</Link>
          <span aria-hidden="true">/</span>
          <h1 title={workflow.description ?? undefined}>{workflow.name}</h1>
          <Badges version={workflow.version} draft={draft} />
        </div>
        <nav className="tabs" aria-label={t("workflow.tabs")}>
          <Tab link={paths.workflow(id)} label={t("workflow.editor")} exact />
          <Tab link={paths.workflowExecutions(id)} label={t("nav.executions")} />
          <Tab link={paths.workflowJson(id)} label={t("workflow.json")} />
        </nav>
        <div className="workflow-actions">
          {draft !== "published" && <PublishButton document={data} />}
          <RunButton workflow={workflow} draft={draft} />
        </div>
      </header>
      <Outlet />
    </div>
  );
}

function Badges({ version, draft }: { version: number | null; draft: DraftState }) {
  return (
    <>
      {draft !== "published" && <Chip tone="wait">{t("workflow.draft")}</Chip>}
      {version !== null && <Chip tone="ok">{t("workflow.live", { version })}</Chip>}
    </>
  );
}

type TabLink =
  | ReturnType<typeof paths.workflow>
  | ReturnType<typeof paths.workflowExecutions>
  | ReturnType<typeof paths.workflowJson>;

function Tab({ link, label, exact = false }: { link: TabLink; label: string; exact?: boolean }) {
  return (
    <Link
      {...link}
      className="tab"
      activeOptions={{ exact, includeSearch: false }}
      activeProps={{ "aria-current": "page" }}
    >
      {label}
    </Link>
  );
}
