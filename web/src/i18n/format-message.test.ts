import { expect, test } from "vitest";
import { en } from "./en.ts";
import { formatMessage } from "./format-message.ts";

const say = (message: string, values = {}) => formatMessage(message, values, "en");

test("placeholders are filled", () => {
  expect(say("{done} of {total} steps", { done: 3, total: 1200 })).toBe("3 of 1,200 steps");
  expect(say("“{q}”", { q: "{total}" })).toBe("“{total}”");
});

test("plurals choose by count", () => {
  const message = "{n, plural, =0 {none of {all}} one {# step} other {# steps}}";
  expect([0, 1, 2, 1000].map((n) => say(message, { n, all: "9" }))).toEqual([
    "none of 9",
    "1 step",
    "2 steps",
    "1,000 steps",
  ]);
});

test("a forgotten value is an error, not a gap", () => {
  expect(() => say("{name}")).toThrow("name");
});

test.each(Object.entries(en))("%s can be read", (_key, message) => {
  const anything = new Proxy({}, { get: () => 2 });
  expect(() => say(message, anything)).not.toThrow();
});
