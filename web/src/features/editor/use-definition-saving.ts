import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import {
  useSaveWorkflow,
  useValidateDefinition,
  type WorkflowDocument,
  workflowQuery,
} from "~/api/queries/workflows.ts";
import type { Definition, ProblemItem } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { toast } from "~/ui/toast.tsx";
import { bodyOf } from "./workflow-body.ts";

export type SaveState =
  | { kind: "quiet" }
  | { kind: "valid"; warnings: ProblemItem[] }
  | { kind: "invalid"; errors: ProblemItem[]; warnings: ProblemItem[] }
  | { kind: "conflict" }
  | { kind: "failed"; error: Error };

export interface DefinitionSaving {
  state: SaveState;
  problems: readonly MarkedProblem[];
  pending: boolean;
  validate: (value: unknown) => void;
  save: (value: unknown, publish: boolean) => void;
  /** After a conflict: drop what was typed and show what is stored. */
  loadStored: () => void;
  /** After a conflict: save although someone else did meanwhile. */
  saveAnyway: (value: unknown) => void;
  forgetProblems: () => void;
}

export interface MarkedProblem extends ProblemItem {
  severity: "error" | "warning";
}

const quiet: SaveState = { kind: "quiet" };
const noProblems: readonly MarkedProblem[] = [];

interface Options {
  base: WorkflowDocument;
  onSaved: (document: WorkflowDocument) => void;
  onStartOver: (document: WorkflowDocument) => void;
}

/** Checks and saves what was typed, and keeps what the server said about it. */
export function useDefinitionSaving({ base, onSaved, onStartOver }: Options): DefinitionSaving {
  const client = useQueryClient();
  const [state, setState] = useState<SaveState>(quiet);
  const [problems, setProblems] = useState(noProblems);
  const put = useSaveWorkflow(base.workflow.id);
  const check = useValidateDefinition();
  const show = (next: SaveState) => {
    setState(next);
    setProblems(problemsIn(next));
  };
  const fresh = () => client.fetchQuery({ ...workflowQuery(base.workflow.id), staleTime: 0 });

  const save = (value: unknown, publish: boolean, etag = base.etag) =>
    put.mutate(
      { body: bodyOf(base.workflow, value as Definition, publish), etag },
      {
        onSuccess: async () => {
          show(quiet);
          onSaved(await client.ensureQueryData(workflowQuery(base.workflow.id)));
          toast({ tone: "ok", title: t(publish ? "workflow.published" : "workflow.saved") });
        },
        onError: (error) => show(stateAfter(error)),
      },
    );

  return {
    state,
    problems,
    pending: put.isPending || check.isPending,
    save,
    validate: (value) =>
      check.mutate(value as Definition, {
        onSuccess: ({ valid, errors, warnings }) =>
          show(valid ? { kind: "valid", warnings } : { kind: "invalid", errors, warnings }),
        onError: (error) => show(stateAfter(error)),
      }),
    loadStored: () => void fresh().then(onStartOver, (error: Error) => toast({ tone: "bad", ...problemText(error) })),
    saveAnyway: (value) =>
      void fresh().then(
        ({ etag }) => save(value, false, etag),
        (error: Error) => toast({ tone: "bad", ...problemText(error) }),
      ),
    forgetProblems: () => {
      if (state.kind !== "quiet" && state.kind !== "conflict") show(quiet);
    },
  };
}

function stateAfter(error: Error): SaveState {
  if (!(error instanceof ApiProblem)) return { kind: "failed", error };
  if (error.isConflict) return { kind: "conflict" };
  return error.errors.length > 0 ? { kind: "invalid", errors: error.errors, warnings: [] } : { kind: "failed", error };
}

function problemsIn(state: SaveState): readonly MarkedProblem[] {
  const marked = (problems: ProblemItem[], severity: MarkedProblem["severity"]) =>
    problems.map((problem) => ({ ...problem, severity }));
  if (state.kind === "valid") return marked(state.warnings, "warning");
  if (state.kind === "invalid") return [...marked(state.errors, "error"), ...marked(state.warnings, "warning")];
  return noProblems;
}
