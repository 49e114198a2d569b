import { useQueryClient } from "@tanstack/react-query";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import { usePublishWorkflow, type WorkflowDocument, workflowQuery } from "~/api/queries/workflows.ts";
import { t } from "~/i18n/t.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";

/** Makes the saved draft the live version. */
export function PublishButton({ document: { workflow, etag } }: { document: WorkflowDocument }) {
  const client = useQueryClient();
  const publishing = usePublishWorkflow(workflow.id);
  const publish = () =>
    publishing.mutate(etag, {
      onSuccess: () => toast({ tone: "ok", title: t("workflow.published") }),
      onError: (error) => {
        if (error instanceof ApiProblem && error.isConflict) {
          void client.invalidateQueries({ queryKey: workflowQuery(workflow.id).queryKey });
          toast({ tone: "bad", title: t("conflict.title"), text: t("conflict.reloaded") });
        } else toast({ tone: "bad", ...problemText(error) });
      },
    });
  return (
    <Button onClick={publish} disabled={publishing.isPending}>
      {t("workflow.publish")}
    </Button>
  );
}
