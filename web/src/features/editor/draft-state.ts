import type { Workflow } from "~/api/types.ts";

/** How the draft stands to what is live: nothing is live yet, the same is, or something older is. */
export type DraftState = "never_published" | "published" | "changed";

export function draftState({ version, unpublished_changes }: Workflow): DraftState {
  if (version === null) return "never_published";
  return unpublished_changes ? "changed" : "published";
}
