import { t } from "~/i18n/t.ts";
import { JsonDialog } from "~/ui/json-dialog.tsx";

/** The input last given to each workflow, for as long as the page is open. */
const lastInputs = new Map<string, string>();

export function RunInputDialog({
  workflowId,
  onRun,
  onClose,
}: {
  workflowId: string;
  onRun: (input: unknown) => void;
  onClose: () => void;
}) {
  return (
    <JsonDialog
      title={t("run.inputTitle")}
      text={t("run.inputText")}
      label={t("run.inputLabel")}
      action={t("run.run")}
      initialText={lastInputs.get(workflowId) ?? "{\n  \n}\n"}
      onDone={(input, text) => {
        lastInputs.set(workflowId, text);
        onRun(input);
      }}
      onClose={onClose}
    />
  );
}
