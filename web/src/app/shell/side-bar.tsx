import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { CircleHelp, ListVideo, LogOut, Monitor, Moon, Search, Sun, UserCheck, Workflow } from "lucide-react";
import { sessionQuery, useSignOut } from "~/api/queries/session.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { BrandMark } from "~/ui/brand.tsx";
import { IconButton } from "~/ui/button.tsx";
import { Kbd } from "~/ui/field.tsx";
import { type ThemeChoice, useTheme } from "~/ui/theme.ts";

const entries = [
  { label: "nav.workflows", icon: Workflow, link: paths.workflows() },
  { label: "nav.executions", icon: ListVideo, link: paths.executions() },
  { label: "nav.approvals", icon: UserCheck, link: paths.approvals() },
] as const;

export function SideBar({ compact, onHelp, onFind }: { compact: boolean; onHelp: () => void; onFind: () => void }) {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const tenant = session?.tenant.name ?? "";
  return (
    <nav className="side" aria-label={t("nav.main")}>
      <div className="brand" title={compact ? tenant : undefined}>
        <BrandMark />
        <span className="side-label">{t("product.name")}</span>
      </div>
      <div className="tenant" title={t("shell.tenant")}>
        <span className="tenant-mark" aria-hidden="true">
          {tenant.slice(0, 1).toUpperCase()}
        </span>
        <span className="truncate">{tenant}</span>
      </div>
      {entries.map(({ label, icon: Icon, link }) => (
        <Link
          key={label}
          {...link}
          className="side-item"
          activeProps={{ className: "current", "aria-current": "page" }}
          activeOptions={{ includeSearch: false }}
          title={compact ? t(label) : undefined}
        >
          <Icon size={compact ? 18 : 16} aria-hidden="true" />
          <span className="side-label">{t(label)}</span>
        </Link>
      ))}
      <span className="grow" />
      <button type="button" className="side-item" onClick={onFind} title={t("nav.find")} aria-keyshortcuts="Control+K">
        <Search size={16} aria-hidden="true" />
        <span className="side-label">{t("nav.find")}</span>
        <Kbd hidden>Ctrl K</Kbd>
      </button>
      <button type="button" className="side-item" onClick={onHelp} title={t("nav.help")} aria-keyshortcuts="?">
        <CircleHelp size={16} aria-hidden="true" />
        <span className="side-label">{t("nav.help")}</span>
        <Kbd hidden>?</Kbd>
      </button>
      <ThemeSwitch />
      <Person name={session?.user.name || session?.user.email || ""} email={session?.user.email ?? ""} />
    </nav>
  );
}

const themes: readonly { choice: ThemeChoice; icon: typeof Sun }[] = [
  { choice: "system", icon: Monitor },
  { choice: "light", icon: Sun },
  { choice: "dark", icon: Moon },
];

function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  return (
    <fieldset className="theme-switch" aria-label={t("theme.label")}>
      {themes.map(({ choice, icon: Icon }) => (
        <button
          key={choice}
          type="button"
          aria-pressed={theme === choice}
          aria-label={t(`theme.${choice}`)}
          title={t(`theme.${choice}`)}
          onClick={() => setTheme(choice)}
        >
          <Icon size={14} aria-hidden="true" />
        </button>
      ))}
    </fieldset>
  );
}

function Person({ name, email }: { name: string; email: string }) {
  const signOut = useSignOut();
  const router = useRouter();
  const leave = () => signOut.mutate(undefined, { onSuccess: () => void router.navigate(paths.login()) });
  return (
    <div className="side-user" title={email}>
      <span className="avatar" aria-hidden="true">
        {initials(name)}
      </span>
      <span className="grow truncate side-label">{name}</span>
      <IconButton small label={t("nav.signOut")} onClick={leave} disabled={signOut.isPending}>
        <LogOut size={14} />
      </IconButton>
    </div>
  );
}

const initials = (name: string): string =>
  name
    .split(/[\s@.]+/)
    .slice(0, 2)
    .map((part) => part.slice(0, 1).toUpperCase())
    .join("");
