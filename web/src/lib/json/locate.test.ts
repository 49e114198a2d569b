import { describe, expect, test } from "vitest";
import { inDefinition, locateJson, spanOf } from "./locate.ts";

const mistakes: [string, number, number, string][] = [
  ["", 1, 1, "value"],
  ['{\n  "a": 1,\n}', 3, 1, "key"],
  ['{"a" 1}', 1, 6, "colon"],
  ["[1 2]", 1, 4, "comma"],
  ["[1,]", 1, 4, "value"],
  ['{"a": tru}', 1, 7, "value"],
  ['"abc', 1, 5, "string_end"],
  ['"a\nb"', 1, 3, "string_end"],
  ['"\\x"', 1, 2, "escape"],
  ["01", 1, 2, "number"],
  ["1.e5", 1, 2, "number"],
  ["-", 1, 1, "number"],
  ["{} {}", 1, 4, "end"],
];

describe("the place of a mistake", () => {
  test.each(mistakes)("%j breaks at line %i, column %i: %s", (text, line, column, expected) => {
    expect(locateJson(text)).toMatchObject({ ok: false, line, column, expected });
  });

  test("too deep a nesting is refused without exhausting the stack", () => {
    expect(locateJson("[".repeat(100_000))).toMatchObject({ ok: false, expected: "depth" });
  });
});

test("members and elements know where they are", () => {
  const text = '{"nodes": [{"id": "a", "a/b": {"~": 1}}]}';
  const located = locateJson(text);
  if (!located.ok) throw new Error("not read");
  const cut = (pointer: string) => {
    const span = located.spans.get(pointer);
    return span && text.slice(span.from, span.to);
  };
  expect(cut("/nodes/0/id")).toBe('"a"');
  expect(cut("/nodes/0/a~1b/~0")).toBe("1");
  expect(cut("")).toBe(text);
});

test("a pointer to something missing leads to what should hold it", () => {
  const located = locateJson('{"nodes": [{"id": "a"}]}');
  if (!located.ok) throw new Error("not read");
  expect(spanOf(located.spans, "/nodes/0/data/expression")).toEqual(located.spans.get("/nodes/0"));
  expect(spanOf(located.spans, "/edges/3")).toEqual(located.spans.get(""));
});

test("it accepts exactly what JSON.parse accepts", () => {
  const samples = [
    '{"a":[1,-2.5e+3,"x\\u00e9\\n",true,null,{}]}',
    "[[],[[1]]]",
    ' "y" ',
    "-0",
    "1E-2",
    '{"":{"k":[""]}}',
  ];
  const alphabet = '{}[]:,"\\ 01.-+eEtrufalsn\n';
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 5000; round += 1) {
    let text = samples[random(samples.length)] ?? "";
    for (let edits = random(3); edits >= 0; edits -= 1) {
      const at = random(text.length + 1);
      const middle = random(3) === 0 ? "" : (alphabet[random(alphabet.length)] ?? "");
      text = text.slice(0, at) + middle + text.slice(at + random(2));
    }
    const located = locateJson(text);
    expect(located.ok, text).toBe(parses(text));
    if (located.ok) expect(located.value).toEqual(JSON.parse(text));
  }
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("a pointer into a body becomes one into its definition", () => {
  expect(inDefinition("/definition/nodes/0/type")).toBe("/nodes/0/type");
  expect(inDefinition("/definition/definition/a")).toBe("/definition/a");
  expect(inDefinition("/definition")).toBe("");
  expect(inDefinition("/name")).toBe("/name");
});
