import { Link } from "@tanstack/react-router";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { EmptyState } from "~/ui/empty-state.tsx";

export function MissingExecution({ error }: { error: Error }) {
  const { title, text = "" } =
    error instanceof ApiProblem && error.isMissing
      ? { title: t("execution.missingTitle"), text: t("execution.missingText") }
      : problemText(error);
  return (
    <div className="page">
      <EmptyState
        isPage
        title={title}
        text={text}
        actions={
          <Link {...paths.executions()} className={buttonClass({ look: "primary" })}>
            {t("execution.toList")}
          </Link>
        }
      />
    </div>
  );
}
