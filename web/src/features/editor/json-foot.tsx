import { CircleX, TriangleAlert } from "lucide-react";
import { problemText } from "~/api/problem-text.ts";
import { mistakeText } from "~/i18n/mistake-text.ts";
import { t } from "~/i18n/t.ts";
import { inDefinition, type Located, lineAndColumn } from "~/lib/json/locate.ts";
import { Button } from "~/ui/button.tsx";
import { Notice } from "~/ui/notice.tsx";
import { problemSpan } from "./marks.ts";
import type { DefinitionSaving, MarkedProblem } from "./use-definition-saving.ts";

interface FootProps {
  json: Located;
  text: string;
  saving: DefinitionSaving;
  onReveal: (from: number, to: number) => void;
}

/** What stands in the way of saving, or that nothing does. Takes no room when there is nothing to say. */
export function JsonFoot({ json, text, saving, onReveal }: FootProps) {
  const parts = [
    saving.state.kind === "conflict" && <Conflict key="conflict" json={json} saving={saving} />,
    saving.state.kind === "failed" && <Notice key="failed" tone="bad" {...problemText(saving.state.error)} />,
    !json.ok && (
      <ProblemRow key="mistake" severity="error" onClick={() => onReveal(json.offset, json.offset)}>
        {mistakeText(json)}
      </ProblemRow>
    ),
    saving.state.kind === "valid" && (
      <Notice key="valid" tone="ok" title={t("json.valid")}>
        {saving.state.warnings.length > 0 && t("json.warnings", { count: saving.state.warnings.length })}
      </Notice>
    ),
    json.ok && saving.problems.length > 0 && (
      <Problems key="problems" json={json} text={text} problems={saving.problems} onReveal={onReveal} />
    ),
  ].filter(Boolean);
  return parts.length === 0 ? null : <div className="json-foot">{parts}</div>;
}

function Problems({
  json,
  text,
  problems,
  onReveal,
}: {
  json: Extract<Located, { ok: true }>;
  text: string;
  problems: readonly MarkedProblem[];
  onReveal: (from: number, to: number) => void;
}) {
  return (
    <section aria-label={t("json.problems")}>
      <h2>{t("json.problemCount", { count: problems.length })}</h2>
      <ul className="problems">
        {problems.map((problem) => {
          const span = problemSpan(json, problem);
          const { line } = lineAndColumn(text, span.from);
          return (
            <li key={`${problem.pointer} ${problem.code} ${problem.detail}`}>
              <ProblemRow severity={problem.severity} onClick={() => onReveal(span.from, span.to)}>
                {problem.detail}{" "}
                <span className="where">
                  {[
                    problem.node_id ? t("json.node", { id: problem.node_id }) : "",
                    t("json.line", { line: String(line) }),
                  ]
                    .filter(Boolean)
                    .join(" · ")}{" "}
                  <span className="mono">{inDefinition(problem.pointer)}</span>
                </span>
              </ProblemRow>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function ProblemRow({
  severity,
  onClick,
  children,
}: {
  severity: MarkedProblem["severity"];
  onClick: () => void;
  children: React.ReactNode;
}) {
  const [Icon, tone] =
    severity === "error" ? ([CircleX, "tone-bad"] as const) : ([TriangleAlert, "tone-wait"] as const);
  return (
    <button type="button" className="problem" onClick={onClick}>
      <Icon size={14} className={tone} aria-label={t(`json.${severity}`)} />
      <span>{children}</span>
    </button>
  );
}

function Conflict({ json, saving }: { json: Located; saving: DefinitionSaving }) {
  return (
    <Notice
      tone="wait"
      title={t("conflict.title")}
      actions={
        <>
          <Button small onClick={saving.loadStored}>
            {t("conflict.load")}
          </Button>
          <Button small look="danger" disabled={!json.ok} onClick={() => json.ok && saving.saveAnyway(json.value)}>
            {t("conflict.overwrite")}
          </Button>
        </>
      }
    >
      {t("conflict.text")}
    </Notice>
  );
}
