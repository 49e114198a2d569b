import { expect } from "vitest";
import { openWorkflow } from "../support/steps.ts";
import { story } from "../support/story.ts";

story("the palette finds a workflow without the mouse", async ({ page }) => {
  await page.goto("/executions");
  await page.getByRole("heading", { name: "Executions" }).waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: /Page, workflow/ }).fill("grade");
  await page.getByRole("option", { name: /Grade/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Grade" }).waitFor();
});

story("letters lead to pages, and help lists them", async ({ page }) => {
  await page.goto("/executions");
  await page.getByRole("heading", { name: "Executions" }).waitFor();
  await page.keyboard.type("gw");
  await page.getByRole("heading", { name: "Workflows" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.keyboard.press("/");
  await page.keyboard.type("api");
  await page.getByRole("link", { name: "Order triage" }).waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Call an API" }).waitFor();
  expect(new URL(page.url()).search).toBe("?q=api");
});

story("Tab goes through the nodes in the order of execution, Enter opens one", async ({ page }) => {
  await openWorkflow(page, "Order triage");
  await page.getByLabel("Sample orders, Text").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Step" }).getByRole("heading", { name: "Orders above 100" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary", { name: "Step" }).waitFor({ state: "hidden" });
});

story("the theme is chosen, kept, and follows the system otherwise", async ({ page }) => {
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await page.goto("/workflows");
  await page.getByRole("button", { name: "Dark" }).click();
  expect(await theme()).toBe("dark");
  await page.reload();
  expect(await theme()).toBe("dark");
  await page.getByRole("button", { name: "As the system" }).click();
  expect(await theme()).toBe("light");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html[data-theme=dark]").waitFor();
});
