import { Suspense } from "react";
import { isTerminal } from "~/api/queries/executions.ts";
import type { Execution } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { LazyLargeParts } from "~/steps/lazy-large-parts.ts";
import { Loading } from "~/ui/loading.tsx";
import { ValueView } from "~/ui/value-view/value-view.tsx";

/** What went into an execution, and what came out. */
export function ExecutionData({ execution }: { execution: Execution }) {
  const { input, large_output: parts } = execution;
  const isElsewhere = parts?.some(({ path }) => path === "") ?? false;
  return (
    <>
      {!isElsewhere && <Output execution={execution} />}
      {parts && parts.length > 0 && (
        <Suspense fallback={<Loading />}>
          <LazyLargeParts title={isElsewhere ? t("execution.output") : undefined} parts={parts} />
        </Suspense>
      )}
      <ValueView title={t("execution.input")} value={input ?? null} />
    </>
  );
}

/** Only what succeeded has an output, and that may be null. */
function Output({ execution: { status, output } }: { execution: Execution }) {
  if (status === "succeeded") return <ValueView title={t("execution.output")} value={output ?? null} />;
  return <p className="muted">{t(isTerminal(status) ? "execution.noOutput" : "execution.noOutputYet")}</p>;
}
