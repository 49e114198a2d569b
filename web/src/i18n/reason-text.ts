import type { Reason } from "~/api/types.ts";
import { clockTime, exactTime } from "~/lib/time.ts";
import { locale, t } from "./t.ts";

/** Why an execution or a step is not moving, and until when where that is known. */
export function reasonText(reason: Reason, wakeAt: string | null | undefined, now = new Date()): string {
  const words = t(`reason.${reason}`);
  // A child may end at any time; the time that is known is when its parent gives it up.
  if (!wakeAt || reason === "child") return words;
  const at = new Date(wakeAt);
  const isToday = at.toDateString() === now.toDateString();
  // What comes from outside may come at any time before.
  const isLatest = reason === "signal" || reason === "approval";
  return t(isLatest ? "reason.atMost" : "reason.until", {
    reason: words,
    time: isToday ? clockTime(at, locale).slice(0, 8) : exactTime(at, locale),
  });
}
