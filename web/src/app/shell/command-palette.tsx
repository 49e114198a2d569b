import { type LinkOptions, useNavigate } from "@tanstack/react-router";
import { CircleHelp, ListVideo, type LucideIcon, Monitor, Moon, Search, Sun, UserCheck, Workflow } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { useWorkflowList } from "~/api/queries/workflows.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Kbd } from "~/ui/field.tsx";
import { useTheme } from "~/ui/theme.ts";
import "./command-palette.css";

interface Command {
  id: string;
  label: string;
  kind: string;
  icon: LucideIcon;
  run: () => void;
}

const mostShown = 9;
const themeIcons = { light: Sun, dark: Moon, system: Monitor };
const executionId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function CommandPalette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const [query, setQuery] = useState("");
  const [index, setIndex] = useState(0);
  const id = useId();
  const commands = useCommands(query.trim(), onClose, onHelp);
  const current = Math.min(index, commands.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setIndex((current + 1) % Math.max(1, commands.length));
    else if (event.key === "ArrowUp") setIndex((current + commands.length - 1) % Math.max(1, commands.length));
    else if (event.key === "Enter") commands[current]?.run();
    else return;
    event.preventDefault();
  };
  return (
    <Dialog open onClose={onClose} title={t("palette.title")}>
      <span className="input palette-input">
        <Search size={14} aria-hidden="true" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
          aria-label={t("palette.placeholder")}
          placeholder={t("palette.placeholder")}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setIndex(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Kbd>Esc</Kbd>
      </span>
      <div className="palette-list" role="listbox" id={`${id}-list`} aria-label={t("palette.results")}>
        {commands.map((command, position) => (
          <div
            key={command.id}
            id={`${id}-${position}`}
            role="option"
            tabIndex={-1}
            aria-selected={position === current}
            className="palette-item"
            onClick={command.run}
            onKeyDown={onKeyDown}
            onPointerMove={() => setIndex(position)}
          >
            <command.icon size={16} aria-hidden="true" />
            <span className="grow truncate">{command.label}</span>
            <span className="muted">{command.kind}</span>
          </div>
        ))}
        {commands.length === 0 && <p className="muted palette-none">{t("palette.none")}</p>}
      </div>
    </Dialog>
  );
}

function useCommands(query: string, onClose: () => void, onHelp: () => void): Command[] {
  const navigate = useNavigate();
  const { items: known } = useWorkflowList(query !== "");
  const [, setTheme] = useTheme();
  const go = (link: LinkOptions) => () => {
    onClose();
    void navigate(link);
  };
  const pages: Command[] = [
    { id: "workflows", label: t("nav.workflows"), kind: t("palette.page"), icon: Workflow, run: go(paths.workflows()) },
    {
      id: "executions",
      label: t("nav.executions"),
      kind: t("palette.page"),
      icon: ListVideo,
      run: go(paths.executions()),
    },
    {
      id: "approvals",
      label: t("nav.approvals"),
      kind: t("palette.page"),
      icon: UserCheck,
      run: go(paths.approvals()),
    },
    ...(["light", "dark", "system"] as const).map((choice) => ({
      id: choice,
      label: t(`theme.${choice}`),
      kind: t("theme.label"),
      icon: themeIcons[choice],
      run: () => {
        onClose();
        setTheme(choice);
      },
    })),
    { id: "help", label: t("nav.help"), kind: t("palette.action"), icon: CircleHelp, run: onHelp },
  ];
  const found: Command[] = known.map(({ id, name }) => ({
    id,
    label: name,
    kind: t("palette.workflow"),
    icon: Workflow,
    run: go(paths.workflow(id)),
  }));
  if (executionId.test(query)) {
    return [
      { id: query, label: query, kind: t("palette.execution"), icon: ListVideo, run: go(paths.execution(query)) },
    ];
  }
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  // Themes and help are seldom what is looked for; they wait for a word that fits.
  return [...pages.slice(0, 2), ...found, ...pages.slice(2)]
    .filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)))
    .slice(0, mostShown);
}
