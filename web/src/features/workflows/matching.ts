import type { WorkflowSummary } from "~/api/types.ts";

/** The workflows whose name, description or tags have every word of the query. */
export function matching(workflows: readonly WorkflowSummary[], query: string): WorkflowSummary[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return workflows.filter(({ name, description, tags }) => {
    const text = [name, description ?? "", ...tags].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
