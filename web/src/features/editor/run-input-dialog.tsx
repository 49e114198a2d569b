import { Suspense, useState } from "react";
import { mistakeText } from "~/i18n/mistake-text.ts";
import { t } from "~/i18n/t.ts";
import { locateJson } from "~/lib/json/locate.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { LazyJsonEditor } from "~/ui/json-editor/lazy.ts";
import { Loading } from "~/ui/loading.tsx";

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
  const [first] = useState(() => lastInputs.get(workflowId) ?? "{\n  \n}\n");
  const [text, setText] = useState(first);
  const json = locateJson(text);
  const run = () => {
    if (!json.ok) return;
    lastInputs.set(workflowId, text);
    onRun(json.value);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("run.inputTitle")}
      text={t("run.inputText")}
      foot={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button look="primary" onClick={run} disabled={!json.ok}>
            {t("run.run")}
          </Button>
        </>
      }
    >
      <div className="field">
        <div className="boxed" style={{ height: 260 }}>
          <Suspense fallback={<Loading />}>
            <LazyJsonEditor label={t("run.inputLabel")} initialText={first} onChange={setText} autoFocus />
          </Suspense>
        </div>
        {!json.ok && <span className="field-problem">{mistakeText(json)}</span>}
      </div>
    </Dialog>
  );
}
