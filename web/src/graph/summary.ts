/** Settings that say most about a node, most telling first. New types are served by the ones they share. */
const telling = [
  "expression",
  "condition",
  "url",
  "text_op",
  "op",
  "duration",
  "text",
  "value",
  "boolean_value",
  "field",
  "fields",
  "cases",
  "mode",
];

/** The one line under a node's title; null when its settings say nothing short. */
export function summaryOf(data: Record<string, unknown>): string | null {
  if (typeof data.url === "string") return `${method(data)} ${withoutOrigin(data.url)}`;
  if (typeof data.var_name === "string") return `${brief(data.var_op) ?? "get"} ${data.var_name}`;
  for (const key of telling) {
    const text = brief(data[key]);
    if (text !== null) return text;
  }
  for (const [key, value] of Object.entries(data)) {
    const text = key === "label" ? null : brief(value);
    if (text !== null) return `${key.replaceAll("_", " ")}: ${text}`;
  }
  return null;
}

const method = (data: Record<string, unknown>): string =>
  typeof data.method === "string" ? data.method.toUpperCase() : "GET";

function withoutOrigin(url: string): string {
  // The origin may come from a template, whose own text says little.
  const match = /^(?:https?:\/\/)?((?:\{\{.*?\}\}|[^/{])+)(\/.*)?$/.exec(url);
  if (!match) return url;
  return match[2] && match[2] !== "/" ? match[2] : (match[1] ?? url);
}

function brief(value: unknown): string | null {
  if (typeof value === "string") return value.trim() === "" ? null : value.replace(/\s+/g, " ").slice(0, 120);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (!Array.isArray(value) || value.length === 0) return null;
  const parts = value.map((item) => brief(typeof item === "object" && item !== null ? caseName(item) : item));
  return parts.some((part) => part === null) ? null : parts.join(", ").slice(0, 120);
}

/** The output that a case of a switch leads to. */
export function caseName(item: unknown): unknown {
  if (typeof item !== "object" || item === null) return null;
  if ("output_path" in item && item.output_path) return item.output_path;
  return "is_default" in item && item.is_default ? "default" : null;
}
