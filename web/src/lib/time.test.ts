import { expect, test } from "vitest";
import { duration, relativeTime, stopwatch } from "./time.ts";

test.each([
  [0, "0 ms"],
  [18.4, "18 ms"],
  [999, "999 ms"],
  [1000, "1.00 s"],
  [1249, "1.24 s"],
  [12_345, "12.3 s"],
  [59_999, "59.9 s"],
  [60_000, "1 m"],
  [72_000, "1 m 12 s"],
  [3_600_000, "1 h"],
  [14_520_000, "4 h 2 m"],
  [273_600_000, "3 d 4 h"],
])("%d ms read as %s", (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [0, "00:00"],
  [42_900, "00:42"],
  [3_723_000, "1:02:03"],
  [-5, "00:00"],
])("a clock shows %d ms as %s", (ms, text) => expect(stopwatch(ms)).toBe(text));

test("the distance counts whole units and turns into a date after a week", () => {
  const now = new Date("2026-11-20T12:00:00Z");
  const ago = (ms: number) => relativeTime(new Date(now.getTime() - ms), now, "en-GB");
  expect(ago(0)).toBe("now");
  expect(ago(90_000)).toBe("1 min ago");
  expect(ago(3 * 3_600_000)).toBe("3 hr ago");
  expect(ago(25 * 3_600_000)).toBe("yesterday");
  expect(ago(10 * 86_400_000)).toBe("10 Nov");
  expect(ago(400 * 86_400_000)).toBe("16 Oct 2025");
});
