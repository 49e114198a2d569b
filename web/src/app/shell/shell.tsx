import { Outlet, useMatchRoute, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { useShortcut } from "~/ui/shortcuts.ts";
import { useMediaQuery } from "~/ui/use-media-query.ts";
import { SideBar } from "./side-bar.tsx";
import "~/ui/panel.css";
import "./shell.css";

const ShortcutHelp = lazy(() => import("./shortcut-help.tsx").then((m) => ({ default: m.ShortcutHelp })));
const CommandPalette = lazy(() => import("./command-palette.tsx").then((m) => ({ default: m.CommandPalette })));

type Overlay = "help" | "palette" | null;

/** What surrounds every page of a signed-in person. The editor needs the room, so there the bar is a rail. */
export function Shell() {
  const matchRoute = useMatchRoute();
  const navigate = useNavigate();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const close = () => setOverlay(null);
  const narrow = useMediaQuery("(max-width: 900px)");
  const compact = matchRoute({ to: "/workflows/$id", fuzzy: true }) !== false || narrow;
  useShortcut("?", () => setOverlay("help"));
  useShortcut("mod+k", () => setOverlay("palette"));
  useShortcut("g w", () => void navigate(paths.workflows()));
  useShortcut("g e", () => void navigate(paths.executions()));
  return (
    <div className={compact ? "shell compact" : "shell"}>
      <a className="skip-link" href="#page">
        {t("shell.skip")}
      </a>
      <SideBar compact={compact} onHelp={() => setOverlay("help")} onFind={() => setOverlay("palette")} />
      <main id="page" tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {overlay === "help" && <ShortcutHelp onClose={close} />}
        {overlay === "palette" && <CommandPalette onClose={close} onHelp={() => setOverlay("help")} />}
      </Suspense>
    </div>
  );
}
