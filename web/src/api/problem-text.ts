import { t } from "~/i18n/t.ts";
import { ApiProblem } from "./problem.ts";

/** What went wrong, for people: a title, and a line with what the server added. */
export function problemText(error: Error): { title: string; text?: string } {
  if (!(error instanceof ApiProblem)) return { title: t("problem.unexpected"), text: error.message };
  if (error.code === "unreachable") return { title: t("problem.unreachable"), text: t("problem.unreachableText") };
  const id = error.requestId ? t("problem.request", { id: error.requestId }) : "";
  const text = [error.status >= 500 ? id : "", error.errors[0]?.detail ?? ""].filter(Boolean).join(" ");
  return { title: error.message, ...(text ? { text } : {}) };
}
