import { useNavigate } from "@tanstack/react-router";
import { Suspense, useId, useState } from "react";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import { useCreateWorkflow } from "~/api/queries/workflows.ts";
import type { Definition } from "~/api/types.ts";
import { mistakeText } from "~/i18n/mistake-text.ts";
import { t } from "~/i18n/t.ts";
import { inDefinition, locateJson } from "~/lib/json/locate.ts";
import { paths } from "~/lib/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { LazyJsonEditor } from "~/ui/json-editor/lazy.ts";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";

const starter = `{
  "nodes": [
    { "id": "a", "type": "number", "data": { "label": "First", "value": 10 } },
    { "id": "b", "type": "number", "data": { "label": "Second", "value": 5 } },
    { "id": "sum", "type": "operation", "data": { "label": "Add", "op": "add" } }
  ],
  "edges": [
    { "source": "a", "target": "sum" },
    { "source": "b", "target": "sum" }
  ]
}
`;

/** Makes a workflow out of a name and a pasted definition. */
export function NewWorkflowDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [text, setText] = useState(starter);
  const create = useCreateWorkflow();
  const navigate = useNavigate();
  const form = useId();
  const json = locateJson(text);
  const submit = () => {
    if (!json.ok) return;
    create.mutate(
      { name: name.trim(), definition: json.value as Definition, publish: true },
      {
        onSuccess: ({ data }) => {
          onClose();
          void navigate(paths.workflow(data.id));
        },
      },
    );
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t("newWorkflow.title")}
      text={t("newWorkflow.text")}
      foot={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            form={form}
            look="primary"
            disabled={create.isPending || !json.ok || name.trim() === ""}
          >
            {t("newWorkflow.create")}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label={t("newWorkflow.name")}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={200}
          autoFocus
          required
        />
      </form>
      <div className="field">
        <span className="field-label">{t("newWorkflow.definition")}</span>
        <div className="boxed" style={{ height: 320 }}>
          <Suspense fallback={<Loading />}>
            <LazyJsonEditor label={t("newWorkflow.definition")} initialText={starter} onChange={setText} />
          </Suspense>
        </div>
        {!json.ok && <span className="field-problem">{mistakeText(json)}</span>}
      </div>
      {create.error && <CreateProblem error={create.error} />}
    </Dialog>
  );
}

function CreateProblem({ error }: { error: Error }) {
  const { title, text } = problemText(error);
  const details = error instanceof ApiProblem ? error.errors : [];
  return (
    <Notice tone="bad" title={title}>
      {details.length > 0 ? (
        <ul>
          {details.slice(0, 8).map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>
              <span className="mono">{inDefinition(pointer)}</span> {detail}
            </li>
          ))}
        </ul>
      ) : (
        text
      )}
    </Notice>
  );
}
