/**
 * Strict JSON reading that knows where things are: the place of the first mistake, or the value together with
 * the place of every member and element. `JSON.parse` tells neither in a way that all browsers share.
 */

export interface Span {
  from: number;
  to: number;
}

export type Located =
  | { ok: true; value: unknown; spans: ReadonlyMap<string, Span> }
  | { ok: false; offset: number; line: number; column: number; expected: Mistake };

export type Mistake = "value" | "end" | "key" | "colon" | "comma" | "string_end" | "escape" | "number" | "depth";

const maxDepth = 200;

/** Spans are keyed by JSON pointer; the whole text is "". */
export function locateJson(text: string): Located {
  const spans = new Map<string, Span>();
  try {
    const end = readValue({ text, spans }, skipSpace(text, 0), "", 0);
    const rest = skipSpace(text, end);
    if (rest < text.length) throw new MistakeAt(rest, "end");
    return { ok: true, value: JSON.parse(text), spans };
  } catch (mistake) {
    if (!(mistake instanceof MistakeAt)) throw mistake;
    return { ok: false, offset: mistake.offset, expected: mistake.expected, ...lineAndColumn(text, mistake.offset) };
  }
}

/** Both count from 1; columns count UTF-16 units, as editors do. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}

/** The span of the deepest part of the pointer that exists, so that a missing field leads to its owner. */
export function spanOf(spans: ReadonlyMap<string, Span>, pointer: string): Span | null {
  let at = pointer;
  while (at !== "") {
    const span = spans.get(at);
    if (span) return span;
    at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
  }
  return spans.get("") ?? null;
}

export const pointerTo = (parent: string, key: string | number): string =>
  `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** The server points into the body that was sent, where the definition is a member; what people see is the definition alone. */
export const inDefinition = (pointer: string): string => pointer.replace(/^\/definition(?=\/|$)/, "");

class MistakeAt extends Error {
  readonly offset: number;
  readonly expected: Mistake;
  constructor(offset: number, expected: Mistake) {
    super(expected);
    this.offset = offset;
    this.expected = expected;
  }
}

interface Reading {
  text: string;
  spans: Map<string, Span>;
}

function readValue(reading: Reading, at: number, pointer: string, depth: number): number {
  if (depth > maxDepth) throw new MistakeAt(at, "depth");
  const end = readAny(reading, at, pointer, depth);
  reading.spans.set(pointer, { from: at, to: end });
  return end;
}

function readAny(reading: Reading, at: number, pointer: string, depth: number): number {
  const { text } = reading;
  const first = text[at];
  if (first === "{") return readObject(reading, at, pointer, depth);
  if (first === "[") return readArray(reading, at, pointer, depth);
  if (first === '"') return readString(text, at);
  for (const word of ["true", "false", "null"]) {
    if (text.startsWith(word, at)) return at + word.length;
  }
  if (first !== undefined && /[-0-9]/.test(first)) return readNumber(text, at);
  throw new MistakeAt(at, "value");
}

function readObject(reading: Reading, start: number, pointer: string, depth: number): number {
  const { text } = reading;
  let at = skipSpace(text, start + 1);
  if (text[at] === "}") return at + 1;
  for (;;) {
    if (text[at] !== '"') throw new MistakeAt(at, "key");
    const keyEnd = readString(text, at);
    const key: string = JSON.parse(text.slice(at, keyEnd));
    at = skipSpace(text, keyEnd);
    if (text[at] !== ":") throw new MistakeAt(at, "colon");
    at = skipSpace(text, readValue(reading, skipSpace(text, at + 1), pointerTo(pointer, key), depth + 1));
    if (text[at] === "}") return at + 1;
    if (text[at] !== ",") throw new MistakeAt(at, "comma");
    at = skipSpace(text, at + 1);
  }
}

function readArray(reading: Reading, start: number, pointer: string, depth: number): number {
  const { text } = reading;
  let at = skipSpace(text, start + 1);
  if (text[at] === "]") return at + 1;
  for (let index = 0; ; index += 1) {
    at = skipSpace(text, readValue(reading, at, pointerTo(pointer, index), depth + 1));
    if (text[at] === "]") return at + 1;
    if (text[at] !== ",") throw new MistakeAt(at, "comma");
    at = skipSpace(text, at + 1);
  }
}

function readString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at + 1;
    if (unit < 0x20) throw new MistakeAt(at, "string_end");
    if (unit === 0x5c) {
      const sequence = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at, at + 6));
      if (!sequence) throw new MistakeAt(at, "escape");
      at += sequence[0].length - 1;
    }
  }
  throw new MistakeAt(text.length, "string_end");
}

function readNumber(text: string, start: number): number {
  const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
  number.lastIndex = start;
  const match = number.exec(text);
  if (!match) throw new MistakeAt(start, "number");
  const end = start + match[0].length;
  if (/[0-9.eE+-]/.test(text[end] ?? "")) throw new MistakeAt(end, "number");
  return end;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  return at;
}
