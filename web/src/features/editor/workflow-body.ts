import type { Definition, Workflow, WorkflowInput } from "~/api/types.ts";

/** What a save sends: everything as it is, but for the definition. */
export const bodyOf = (workflow: Workflow, definition: Definition, publish: boolean): WorkflowInput => ({
  name: workflow.name,
  description: workflow.description,
  tags: workflow.tags,
  definition,
  publish,
});
