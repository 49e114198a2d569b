import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, useBlocker } from "@tanstack/react-router";
import { Suspense, useMemo, useRef, useState } from "react";
import { type WorkflowDocument, workflowQuery } from "~/api/queries/workflows.ts";
import { t } from "~/i18n/t.ts";
import { jsonEqual } from "~/lib/json/equal.ts";
import { locateJson } from "~/lib/json/locate.ts";
import type { JsonEditorRef } from "~/ui/json-editor/json-editor.tsx";
import { LazyJsonEditor } from "~/ui/json-editor/lazy.ts";
import { Loading } from "~/ui/loading.tsx";
import { useShortcut } from "~/ui/shortcuts.ts";
import { JsonBar } from "./json-bar.tsx";
import { JsonFoot } from "./json-foot.tsx";
import { LeaveDialog } from "./leave-dialog.tsx";
import { editorMarks } from "./marks.ts";
import { useDefinitionSaving } from "./use-definition-saving.ts";

const route = getRouteApi("/signed-in/workflows/$id/json");

export function JsonTab() {
  const { id } = route.useParams();
  const { data: document } = useSuspenseQuery(workflowQuery(id));
  // What is being edited starts from one saved state, and only loading another one replaces it.
  const [base, setBase] = useState(document);
  const [round, setRound] = useState(0);
  const startOver = (from: WorkflowDocument) => {
    setBase(from);
    setRound(round + 1);
  };
  return <Editor key={round} base={base} onSaved={setBase} onStartOver={startOver} />;
}

interface EditorProps {
  base: WorkflowDocument;
  onSaved: (document: WorkflowDocument) => void;
  onStartOver: (document: WorkflowDocument) => void;
}

function Editor({ base, onSaved, onStartOver }: EditorProps) {
  const [first] = useState(() => `${JSON.stringify(base.workflow.definition, null, 2)}\n`);
  const [text, setText] = useState(first);
  const editor = useRef<JsonEditorRef>(null);
  const json = useMemo(() => locateJson(text), [text]);
  const dirty = !json.ok || !jsonEqual(json.value, base.workflow.definition);
  const saving = useDefinitionSaving({ base, onSaved, onStartOver });
  const marks = useMemo(() => editorMarks(json, saving.problems), [json, saving.problems]);
  const blocker = useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: () => dirty, withResolver: true });
  useShortcut("mod+s", () => {
    if (json.ok && dirty) saving.save(json.value, false);
  });
  return (
    <div className="json-tab">
      <JsonBar json={json} dirty={dirty} saving={saving} />
      <Suspense fallback={<Loading />}>
        <LazyJsonEditor
          ref={editor}
          label={t("json.editor")}
          initialText={first}
          marks={marks}
          onChange={(next) => {
            setText(next);
            saving.forgetProblems();
          }}
        />
      </Suspense>
      <JsonFoot json={json} text={text} saving={saving} onReveal={(from, to) => editor.current?.reveal(from, to)} />
      {blocker.status === "blocked" && <LeaveDialog onStay={blocker.reset} onLeave={blocker.proceed} />}
    </div>
  );
}
