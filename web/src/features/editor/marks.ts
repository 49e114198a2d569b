import type { ProblemItem } from "~/api/types.ts";
import { mistakeText } from "~/i18n/mistake-text.ts";
import { inDefinition, type Located, pointerTo, type Span, spanOf } from "~/lib/json/locate.ts";
import type { EditorMark } from "~/ui/json-editor/json-editor.tsx";
import type { MarkedProblem } from "./use-definition-saving.ts";

/** What to underline: the place where the text stops being JSON, or what the server found in it. */
export function editorMarks(json: Located, problems: readonly MarkedProblem[]): EditorMark[] {
  if (!json.ok) {
    return [{ from: json.offset, to: json.offset + 1, severity: "error", message: mistakeText(json) }];
  }
  return problems.map((problem) => {
    const span = problemSpan(json, problem);
    return { from: span.from, to: span.to, severity: problem.severity, message: problem.detail };
  });
}

/** Where a problem is in the text: by its pointer, else by the node it names. */
export function problemSpan(json: Extract<Located, { ok: true }>, problem: ProblemItem): Span {
  const pointer = inDefinition(problem.pointer ?? "");
  const span = spanOf(json.spans, pointer);
  const whole = json.spans.get("") ?? { from: 0, to: 0 };
  if (span && span !== whole) return span;
  return nodeSpan(json, problem.node_id ?? null) ?? whole;
}

function nodeSpan(json: Extract<Located, { ok: true }>, nodeId: string | null): Span | null {
  const nodes = (json.value as { nodes?: unknown } | null)?.nodes;
  if (nodeId === null || !Array.isArray(nodes)) return null;
  const index = nodes.findIndex((node) => (node as { id?: unknown } | null)?.id === nodeId);
  return index < 0 ? null : (json.spans.get(pointerTo("/nodes", index)) ?? null);
}
