import { expect, test } from "vitest";
import { bytes } from "./bytes.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1.0 KB"],
  [65_536, "65.5 KB"],
  [999_999, "999.9 KB"],
  [35_249_000, "35.2 MB"],
  [2_000_000_000_000_000, "2000.0 TB"],
])("%d is %s", (count, text) => expect(bytes(count)).toBe(text));
