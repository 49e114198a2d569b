import { useQuery } from "@tanstack/react-query";
import { versionQuery, workflowQuery } from "~/api/queries/workflows.ts";
import type { Definition, Execution } from "~/api/types.ts";

export interface ExecutedDefinition {
  definition: Definition | null;
  /** The execution ran a draft, and what is shown is that draft as it is now. */
  isCurrentDraft: boolean;
}

/** The definition that an execution ran: its version, or the draft where it ran that. */
export function useExecutedDefinition(execution: Execution | null): ExecutedDefinition {
  const id = execution?.workflow_id ?? null;
  const number = execution?.version ?? null;
  const version = useQuery({ ...versionQuery(id ?? "", number ?? 0), enabled: id !== null && number !== null });
  const needsDraft = id !== null && (number === null || version.isError);
  const draft = useQuery({ ...workflowQuery(id ?? ""), enabled: needsDraft });
  if (needsDraft) return { definition: draft.data?.workflow.definition ?? null, isCurrentDraft: true };
  return { definition: version.data?.definition ?? null, isCurrentDraft: false };
}
