import { getRouteApi } from "@tanstack/react-router";
import { ExecutionList } from "./execution-list.tsx";
import { StatusFilter } from "./status-filter.tsx";

const route = getRouteApi("/signed-in/workflows/$id/executions");

export function WorkflowExecutionsTab() {
  const { id } = route.useParams();
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <div className="tab-page">
      <ExecutionList
        filter={{ status, workflowId: id }}
        onClear={status ? () => void navigate({ search: {} }) : null}
        filters={
          <StatusFilter
            value={status}
            onChange={(next) => void navigate({ search: { status: next }, replace: true })}
          />
        }
      />
    </div>
  );
}
