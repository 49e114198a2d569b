import type { LargePart } from "./types.ts";

/** The beginning of a value in the object store. */
export interface ObjectStart {
  text: string;
  /** The whole elements in it, of an array. */
  rows: readonly unknown[] | null;
}

/** Reads the beginning of what comes in, and lets go of the rest. */
export async function readStart(
  body: ReadableStream<Uint8Array>,
  kind: LargePart["kind"],
  most: number,
): Promise<ObjectStart> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let isWhole = false;
  while (text.length < most) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: !done });
    if (done) {
      isWhole = true;
      break;
    }
  }
  if (!isWhole) await reader.cancel();
  const start = text.slice(0, most);
  return { text: start, rows: kind === "array" ? elements(start, isWhole && text.length <= most) : null };
}

/** The elements of JSON lines, of which the last may have been cut. */
function elements(text: string, isWhole: boolean): unknown[] {
  const lines = text.split("\n");
  const last = lines.pop();
  if (isWhole && last) lines.push(last);
  return lines.filter((line) => line !== "").map((line): unknown => JSON.parse(line));
}
