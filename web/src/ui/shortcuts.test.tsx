// @vitest-environment jsdom

import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { useShortcut } from "./shortcuts.ts";

function Page({ keys, act }: { keys: string; act: () => void }) {
  useShortcut(keys, act);
  return <input />;
}

async function typed(keys: string, input: string, where: "page" | "field" = "page"): Promise<number> {
  const act = vi.fn();
  const user = userEvent.setup();
  const { container, unmount } = render(<Page keys={keys} act={act} />);
  if (where === "field") await user.click(container.querySelector("input") as HTMLElement);
  await user.keyboard(input);
  unmount();
  return act.mock.calls.length;
}

test.each([
  ["?", "?", 1],
  ["g e", "ge", 1],
  ["g e", "gxe", 0],
  ["g e", "gege", 2],
  ["mod+k", "{Control>}k{/Control}", 1],
  ["mod+k", "k", 0],
  ["1", "{Control>}1{/Control}", 0],
])("%s on %s acts %i times", async (keys, input, times) => {
  expect(await typed(keys, input)).toBe(times);
});

test("plain keys are left to whoever types, combinations with Ctrl are not", async () => {
  expect(await typed("?", "?", "field")).toBe(0);
  expect(await typed("mod+k", "{Control>}k{/Control}", "field")).toBe(1);
});
