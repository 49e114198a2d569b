import { expect, test } from "vitest";
import { awaited } from "./awaited.ts";

test.each([
  [{}, null],
  [{ signal: "paid" }, { kind: "signal", name: "paid" }],
  [{ signal: "callback:" }, { kind: "callback", name: "", url: null }],
  [
    { signal: "callback:bank", callback_url: "https://x/t/bank" },
    { kind: "callback", name: "bank", url: "https://x/t/bank" },
  ],
  [{ signal: "approval:ask[2]" }, { kind: "approval" }],
  [{ signal: "child:0198" }, null],
])("a step with %j waits for %j", (step, wait) => expect(awaited(step)).toEqual(wait));
