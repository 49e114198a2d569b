import type { Located } from "~/lib/json/locate.ts";
import { t } from "./t.ts";

/** Where a text stops being JSON, and what should stand there. */
export function mistakeText({ line, column, expected }: Extract<Located, { ok: false }>): string {
  return t("json.mistake", { line: String(line), column: String(column), what: t(`json.expected.${expected}`) });
}
