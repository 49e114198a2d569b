import type { Page } from "playwright-core";

/** Things that most stories do, found as a person finds them. */

export async function openWorkflow(page: Page, name: string): Promise<void> {
  await page.goto("/workflows");
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

export async function openTab(page: Page, name: "Editor" | "Executions" | "JSON"): Promise<void> {
  await page.getByRole("navigation", { name: "Views of the workflow" }).getByRole("link", { name }).click();
}

export const run = (page: Page): Promise<void> => page.getByRole("button", { name: "Run", exact: true }).click();

/** Waits until the shown execution says it is in this state. */
export const status = (page: Page, word: string): Promise<void> =>
  page.getByRole("region", { name: "Shown execution" }).getByRole("status").getByText(word).waitFor();

/** Replaces the whole text of the JSON editor, as pasting does. */
export async function writeJson(page: Page, text: string): Promise<void> {
  const editor = page.getByRole("textbox", { name: "Definition as JSON" });
  await editor.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}
