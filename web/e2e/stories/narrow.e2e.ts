import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { calculation } from "../support/definitions.ts";
import { story } from "../support/story.ts";

/** Whether the middle of something is inside the window and not under something else, so that a finger meets it. */
const isReachable = (part: Locator): Promise<boolean> =>
  part.evaluate((element) => {
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return left >= 0 && right <= innerWidth && hit !== null && element.contains(hit);
  });

const expectReachable = async (page: Page, role: "button" | "link", name: string): Promise<void> => {
  const part = page.getByRole(role, { name, exact: true });
  await part.waitFor();
  expect(await isReachable(part), `${role} ${name}`).toBe(true);
};

story("everything of a workflow can be reached in a narrow window", async ({ page, api }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  const { id } = await api.workflow("Order triage");
  await page.goto(`/workflows/${id}`);
  for (const tab of ["Editor", "Executions", "JSON"]) {
    const link = page.getByRole("navigation", { name: "Views of the workflow" }).getByRole("link", { name: tab });
    await link.waitFor();
    expect(await isReachable(link), tab).toBe(true);
  }
  await expectReachable(page, "button", "Run");
  await expectReachable(page, "button", "Fit to the screen");
  // An opened step lies over the canvas, and gives it back.
  await page.goto(`/workflows/${id}?node=large`);
  await expectReachable(page, "button", "Close");
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expectReachable(page, "button", "Fit to the screen");
  await page.goto(`/workflows/${id}/json`);
  await expectReachable(page, "button", "Run");
  await expectReachable(page, "button", "Save and publish");
});

story("an execution with a long name and a wide table stays in its window", async ({ page, api }) => {
  const label = "Divide by something whose label is so long that no narrow window has room for it";
  const definition = calculation("divide");
  const failing = await api.create("Fails", {
    ...definition,
    nodes: (definition.nodes ?? []).map((node) => {
      if (node.id === "second") return { ...node, data: { value: 0 } };
      return node.id === "result" ? { ...node, data: { ...node.data, label } } : node;
    }),
  });
  const rows = Array.from({ length: 30 }, (_, id) => ({
    id,
    name: `Row ${id}`,
    text: "x".repeat(80),
    more: "y".repeat(80),
  }));
  const failed = await api.run(failing, rows);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`/executions/${failed.id}`);
    await expectReachable(page, "button", "Run again");
    await expectReachable(page, "button", `Show ${label}`);
    const copies = page.getByRole("complementary", { name: "Input and output" }).getByRole("button", { name: /copy/i });
    await copies.last().waitFor();
    expect(await isReachable(copies.last()), `copy at ${width}`).toBe(true);
  }
});
