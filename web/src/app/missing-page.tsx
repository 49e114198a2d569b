import { Link } from "@tanstack/react-router";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { EmptyState } from "~/ui/empty-state.tsx";

export function MissingPage() {
  return (
    <main className="page">
      <EmptyState
        isPage
        title={t("missing.title")}
        text={t("missing.text")}
        actions={
          <Link {...paths.workflows()} className={buttonClass({ look: "primary" })}>
            {t("missing.back")}
          </Link>
        }
      />
    </main>
  );
}
