import { getRouteApi } from "@tanstack/react-router";
import { useGraph } from "~/canvas/use-graph.ts";
import { useLiveExecution } from "~/steps/use-live-execution.ts";
import { Loading } from "~/ui/loading.tsx";
import { ExecutionHead } from "./execution-head.tsx";
import { ExecutionViews } from "./execution-views.tsx";
import { MissingExecution } from "./missing-execution.tsx";
import { StepPanel } from "./step-panel.tsx";
import { useExecutedDefinition } from "./use-executed-definition.ts";
import "./executions.css";

const route = getRouteApi("/signed-in/executions/$id");

export function ExecutionPage() {
  const { id } = route.useParams();
  // Another execution is another page: what was opened in the last one does not carry over.
  return <Page id={id} key={id} />;
}

function Page({ id }: { id: string }) {
  const { view = "timeline", node = null, step = null } = route.useSearch();
  const navigate = route.useNavigate();
  const { execution, steps, error } = useLiveExecution(id);
  const executed = useExecutedDefinition(execution);
  const graph = useGraph(executed.definition);
  if (!execution) return error ? <MissingExecution error={error} /> : <Loading />;
  const nameOf = (nodeId: string) => graph?.nodes.find((one) => one.id === nodeId)?.title ?? nodeId;
  const select = (next: string | null, one?: string) =>
    void navigate({ search: (before) => ({ ...before, node: next ?? undefined, step: one }), replace: true });
  // The data of the whole execution needs no panel beside it that shows the same, and a canvas wants the room.
  const hasPanel = node !== null || (view !== "data" && view !== "canvas");
  return (
    <div className="execution-page">
      <ExecutionHead execution={execution} nameOf={nameOf} onSelect={(id) => select(id)} />
      <div className={hasPanel ? "execution-body" : "execution-body wide"}>
        <ExecutionViews
          view={view}
          onView={(next) => void navigate({ search: (before) => ({ ...before, view: next }), replace: true })}
          execution={execution}
          steps={steps}
          graph={graph}
          isCurrentDraft={executed.isCurrentDraft}
          nameOf={nameOf}
          selected={node}
          onSelect={select}
        />
        {hasPanel && (
          <StepPanel
            execution={execution}
            steps={steps}
            bodies={graph?.bodies ?? null}
            node={graph?.nodes.find((one) => one.id === node) ?? null}
            nodeId={node}
            chosen={[step, (one) => select(node, one)]}
            onClose={() => select(null)}
          />
        )}
      </div>
    </div>
  );
}
