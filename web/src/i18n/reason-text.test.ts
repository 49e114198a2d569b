import { expect, test } from "vitest";
import { reasonText } from "./reason-text.ts";

const now = new Date(2026, 10, 20, 12);
const later = new Date(2026, 10, 20, 14, 30).toISOString();

test.each([
  ["timer", later, "Waits for its time, goes on 14:30:00"],
  ["signal", later, "Waits for a signal, until 14:30:00 at most"],
  ["approval", null, "Waits for an approval"],
  ["child", later, "Waits for another workflow"],
] as const)("%s until %s", (reason, until, text) => expect(reasonText(reason, until, now)).toBe(text));
