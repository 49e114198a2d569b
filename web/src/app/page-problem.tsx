import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import { t } from "~/i18n/t.ts";
import { Button } from "~/ui/button.tsx";
import { Notice } from "~/ui/notice.tsx";
import { MissingPage } from "./missing-page.tsx";

/** Shown in place of a page that could not be read. */
export function PageProblem({ error }: ErrorComponentProps) {
  const router = useRouter();
  const { reset } = useQueryErrorResetBoundary();
  if (error instanceof ApiProblem && error.isMissing) return <MissingPage />;
  const { title, text } = problemText(error instanceof Error ? error : new Error(String(error)));
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main className="page">
      <Notice
        tone="bad"
        title={title}
        actions={
          <Button small onClick={retry}>
            {t("common.retry")}
          </Button>
        }
      >
        {text}
      </Notice>
    </main>
  );
}
