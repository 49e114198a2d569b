import { expect } from "vitest";
import { calculation } from "../support/definitions.ts";
import { story } from "../support/story.ts";

story("what is searched for is found on pages that were not loaded yet", async ({ page, api }) => {
  // Newer than the examples, and more than one page.
  for (let index = 0; index < 110; index++) await api.create(`Filler ${index}`, calculation("add"));
  await page.goto("/workflows");
  await page.getByText("100 workflows").waitFor();
  await page.getByRole("searchbox", { name: "Search workflows" }).fill("triage");
  await page.getByRole("link", { name: "Order triage" }).waitFor();
  await page.goto("/executions");
  await page.getByRole("heading", { name: "Executions" }).waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: /Page, workflow/ }).fill("grade a");
  await page.getByRole("option", { name: /Grade/ }).waitFor();
});

story("a workflow that ran before the newest executions is not said to have never run", async ({ page, api }) => {
  const once = await api.create("Ran once", calculation("add"));
  const often = await api.create("Runs often", calculation("add"));
  await page.goto("/workflows");
  const row = page.getByRole("row", { name: "Ran once" });
  await row.getByText("Never ran").waitFor();
  await api.run(once);
  for (let index = 0; index < 200; index++) await api.run(often);
  await page.reload();
  await page.getByRole("row", { name: "Runs often" }).getByRole("img").waitFor();
  expect(await row.getByText("Never ran").count()).toBe(0);
});
