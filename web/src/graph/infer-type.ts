/** How the engine names the type of a node that does not name it itself; first match wins. */
const rules: readonly [readonly string[], string][] = [
  [["value"], "number"],
  [["text"], "text_input"],
  [["boolean_value"], "boolean_input"],
  [["date_value"], "date_input"],
  [["datetime_value"], "datetime_input"],
  [["mode"], "visualization"],
  [["op"], "operation"],
  [["text_op"], "text_operation"],
  [["url"], "http"],
  [["condition", "true_path"], "condition"],
  [["condition"], "filter"],
  [["expression", "initial_value"], "reduce"],
  [["expression"], "expression"],
  [["var_name", "var_op"], "variable"],
  [["field"], "extract"],
  [["fields"], "extract"],
  [["transform_type"], "transform"],
  [["accum_op"], "accumulator"],
  [["counter_op"], "counter"],
  [["cases"], "switch"],
  [["join_strategy"], "join"],
  [["paths"], "split"],
  [["duration"], "delay"],
  [["cache_op", "cache_key"], "cache"],
  [["context_name"], "context_variable"],
  [["context_values"], "context_variable"],
  [["max_attempts"], "retry"],
  [["backoff_strategy"], "retry"],
  [["fallback_value"], "try_catch"],
  [["continue_on_error"], "try_catch"],
  [["timeout", "timeout_action"], "timeout"],
];

/** The type as the catalogue knows it: as written, by an older spelling such as `tryCatchNode`, or inferred. */
export function resolveType(written: string | null | undefined, data: Record<string, unknown>): string {
  if (written) return aliases[written] ?? canonical(written);
  const rule = rules.find(
    ([keys, type]) =>
      keys.every((key) => Object.hasOwn(data, key)) && !(type === "expression" && data.expression === ""),
  );
  return rule?.[1] ?? "";
}

const aliases: Record<string, string> = {
  textOpNode: "text_operation",
  barChartNode: "visualization",
  bar_chart: "visualization",
};

const canonical = (type: string): string =>
  type.replace(/Node$/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
