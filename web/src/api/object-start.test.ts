import { expect, test } from "vitest";
import { readStart } from "./object-start.ts";

function body(...pieces: string[]): { stream: ReadableStream<Uint8Array>; wasLeft: () => boolean } {
  let left = false;
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(encoder.encode(piece));
      },
      cancel: () => {
        left = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, wasLeft: () => left };
}

test("a beginning ends with a whole element, and the rest is not read", async () => {
  const { stream, wasLeft } = body('{"a":1}\n{"a"', ':2}\n{"a":3}\n', "never");
  expect(await readStart(stream, "array", 20)).toEqual({ text: '{"a":1}\n{"a":2}\n{"a"', rows: [{ a: 1 }, { a: 2 }] });
  expect(wasLeft()).toBe(true);
});

test("what is shorter is read whole", async () => {
  const { stream, wasLeft } = body("1\n", "2");
  expect(await readStart(stream, "array", 100)).toEqual({ text: "1\n2", rows: [1, 2] });
  expect(wasLeft()).toBe(false);
});

test("a text is only text", async () => {
  expect(await readStart(body("ab", "cd").stream, "text", 3)).toEqual({ text: "abc", rows: null });
});
