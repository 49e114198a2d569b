import type { Execution } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { LargeParts } from "~/steps/large-parts.tsx";
import { ValueView } from "~/ui/value-view/value-view.tsx";

/** What went into an execution, and what came out. */
export function ExecutionData({ execution }: { execution: Execution }) {
  const { input, output, large_output: parts } = execution;
  const isElsewhere = parts?.some(({ path }) => path === "") ?? false;
  return (
    <>
      {!isElsewhere && <ValueView title={t("execution.output")} value={output ?? null} />}
      {parts && parts.length > 0 && (
        <LargeParts title={isElsewhere ? t("execution.output") : undefined} parts={parts} />
      )}
      <ValueView title={t("execution.input")} value={input ?? null} />
    </>
  );
}
