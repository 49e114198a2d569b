import type { Step } from "~/api/types.ts";

/** What a step waits for from outside. */
export type Awaited =
  | { kind: "signal"; name: string }
  /** `url` is null for those who may not send signals. */
  | { kind: "callback"; name: string; url: string | null }
  | { kind: "approval" };

/** Told by the name of its signal: those with a colon are the product's own. */
export function awaited({ signal, callback_url }: Pick<Step, "signal" | "callback_url">): Awaited | null {
  if (signal === undefined) return null;
  const colon = signal.indexOf(":");
  switch (colon < 0 ? null : signal.slice(0, colon)) {
    case null:
      return { kind: "signal", name: signal };
    case "callback":
      return { kind: "callback", name: signal.slice(colon + 1), url: callback_url ?? null };
    case "approval":
      return { kind: "approval" };
    default:
      return null;
  }
}
