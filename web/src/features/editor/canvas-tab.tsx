import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ExternalLink, X } from "lucide-react";
import { useMemo } from "react";
import { problemText } from "~/api/problem-text.ts";
import { workflowQuery } from "~/api/queries/workflows.ts";
import { useGraph } from "~/canvas/use-graph.ts";
import { WorkflowCanvas } from "~/canvas/workflow-canvas.tsx";
import { nodeStates, progress } from "~/graph/node-states.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { LivePill } from "~/steps/live-pill.tsx";
import { useLiveExecution } from "~/steps/use-live-execution.ts";
import { buttonClass, IconButton } from "~/ui/button.tsx";
import { EmptyState } from "~/ui/empty-state.tsx";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";
import { useShortcut } from "~/ui/shortcuts.ts";
import { Inspector } from "./inspector.tsx";

const route = getRouteApi("/signed-in/workflows/$id/");

export function CanvasTab() {
  const { id } = route.useParams();
  const { execution: executionId = null, node: selected = null } = route.useSearch();
  const navigate = route.useNavigate();
  const { workflow } = useSuspenseQuery(workflowQuery(id)).data;
  const graph = useGraph(workflow.definition);
  const live = useLiveExecution(executionId);
  const states = useMemo(
    () => nodeStates({ graph, steps: live.steps, execution: live.execution }),
    [graph, live.steps, live.execution],
  );
  const select = (node: string | null) =>
    void navigate({ search: (before) => ({ ...before, node: node ?? undefined }), replace: true });
  const leaveExecution = () => void navigate({ search: (before) => ({ ...before, execution: undefined }) });
  useShortcut("Escape", () => select(null));

  if (!graph) return <Loading />;
  if (graph.nodes.length === 0) {
    return (
      <EmptyState
        title={t("canvas.emptyTitle")}
        text={t("canvas.emptyText")}
        actions={
          <Link {...paths.workflowJson(id)} className={buttonClass({ look: "primary" })}>
            {t("canvas.emptyAction")}
          </Link>
        }
      />
    );
  }
  const node = graph.nodes.find((one) => one.id === selected);
  return (
    <div className={node ? "editor inspecting" : "editor"}>
      <WorkflowCanvas
        graph={graph}
        states={states}
        selected={selected}
        onSelect={select}
        top={
          live.error ? (
            <Notice tone="bad" {...problemText(live.error)} />
          ) : (
            live.execution && (
              <LivePill execution={live.execution} progress={progress(graph, states)}>
                <Link
                  {...paths.execution(live.execution.id)}
                  className={buttonClass({ look: "ghost", small: true }, "icon")}
                  aria-label={t("live.open")}
                  title={t("live.open")}
                >
                  <ExternalLink size={14} aria-hidden="true" />
                </Link>
                <IconButton small label={t("live.leave")} onClick={leaveExecution}>
                  <X size={14} />
                </IconButton>
              </LivePill>
            )
          )
        }
      />
      <aside className="inspector" aria-label={t("inspector.label")}>
        {node && <Inspector key={node.id} node={node} bodies={graph.bodies} live={live} onClose={() => select(null)} />}
      </aside>
    </div>
  );
}
