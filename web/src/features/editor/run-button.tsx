import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, Play, SquarePen } from "lucide-react";
import { useState } from "react";
import { useExecute } from "~/api/queries/executions.ts";
import type { Workflow } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Menu, MenuItem } from "~/ui/menu.tsx";
import { useShortcut } from "~/ui/shortcuts.ts";
import type { DraftState } from "./draft-state.ts";
import { RunInputDialog } from "./run-input-dialog.tsx";

/** Runs what the canvas shows: the draft where it differs from the live version. */
export function RunButton({ workflow, draft }: { workflow: Workflow; draft: DraftState }) {
  const navigate = useNavigate();
  const execute = useExecute();
  const [asking, setAsking] = useState(false);
  const run = (input: unknown = null) => {
    if (execute.isPending) return;
    execute.mutate(
      { workflowId: workflow.id, body: { input, ...(draft === "published" ? {} : { version: "draft" as const }) } },
      { onSuccess: ({ execution_id }) => void navigate(paths.workflow(workflow.id, { execution: execution_id })) },
    );
  };
  useShortcut("mod+enter", () => run());
  return (
    <>
      <span className="button-group">
        <Button look="primary" onClick={() => run()} disabled={execute.isPending} title={t("run.hint")}>
          <Play size={14} aria-hidden="true" />
          {t("run.run")}
        </Button>
        <Menu label={t("run.more")} trigger={<ChevronDown size={14} />} look={{ look: "primary" }}>
          <MenuItem onSelect={() => run()}>
            <Play size={14} aria-hidden="true" />
            {t("run.withoutInput")}
          </MenuItem>
          <MenuItem onSelect={() => setAsking(true)}>
            <SquarePen size={14} aria-hidden="true" />
            {t("run.withInput")}
          </MenuItem>
        </Menu>
      </span>
      {asking && (
        <RunInputDialog
          workflowId={workflow.id}
          onClose={() => setAsking(false)}
          onRun={(input) => {
            setAsking(false);
            run(input);
          }}
        />
      )}
    </>
  );
}
