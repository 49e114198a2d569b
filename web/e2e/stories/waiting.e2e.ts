import { expect } from "vitest";
import { callbackWait, longList, signalWait } from "../support/definitions.ts";
import { openWorkflow, run, status } from "../support/steps.ts";
import { story } from "../support/story.ts";

story("a step says which signal it waits for, and takes it from the page", async ({ page, api }) => {
  await api.create("Ship", signalWait);
  await openWorkflow(page, "Ship");
  await run(page);
  await status(page, "Waiting");
  await page.getByLabel("Until paid, Wait").click();
  const step = page.getByRole("complementary", { name: "Step" });
  await step.getByText("Waits for a signal").waitFor();
  await step.getByText("paid", { exact: true }).waitFor();
  await step.getByRole("button", { name: "Send it…" }).click();
  const dialog = page.getByRole("dialog", { name: "Send the signal “paid”" });
  await dialog.getByRole("textbox", { name: "Payload as JSON" }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText('{"amount": 12}');
  await dialog.getByRole("button", { name: "Send" }).click();
  await status(page, "Succeeded");
  expect((await api.latest()).output).toMatchObject({ payload: { amount: 12 } });
});

story("a step shows the address that lets it go on", async ({ page, api }) => {
  await api.create("Bank", callbackWait);
  await openWorkflow(page, "Bank");
  await run(page);
  await status(page, "Waiting");
  await page.getByRole("link", { name: "Open the execution" }).click();
  await page.getByRole("button", { name: "Until the bank calls" }).click();
  const step = page.getByRole("complementary", { name: "Step" });
  const address = await step.getByText(/\/api\/v1\/callbacks\/.+\/bank$/).innerText();
  const called = await fetch(address, {
    method: "POST",
    body: '"paid"',
    headers: { "content-type": "application/json" },
  });
  expect(called.status).toBe(202);
  await page.getByRole("status").getByText("Succeeded").waitFor();
  expect((await api.latest()).output).toMatchObject({ payload: "paid" });
});

story("what is too large to be shown is told, looked into and downloaded", async ({ page, api }) => {
  const execution = await api.run(await api.create("Many", longList));
  await page.goto(`/executions/${execution.id}?node=list`);
  const step = page.getByRole("complementary", { name: "Step" });
  await step.getByText("Too large to be shown with the execution.").waitFor();
  await step.getByText(/JSON, \d+\.\d KB/).waitFor();
  await step.getByRole("button", { name: /Show the beginning/ }).click();
  await step.getByText(/line number 1 of a long list/).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    step.getByRole("link", { name: /Download/ }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^[0-9a-f]{12}\.json$/);
});
