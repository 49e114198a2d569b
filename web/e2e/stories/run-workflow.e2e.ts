import { expect } from "vitest";
import { largeTree, longWait, stockSync } from "../support/definitions.ts";
import { startGate } from "../support/gate.ts";
import { openWorkflow, run, status } from "../support/steps.ts";
import { story } from "../support/story.ts";

story("the example runs live on its canvas", async ({ page }) => {
  await openWorkflow(page, "Order triage");
  await run(page);
  await status(page, "Succeeded");
  await page.getByText("10 of 10 steps").waitFor();
  await page.getByLabel("Decision, Show").getByText("Succeeded").waitFor();
  await page.getByLabel("Ship at once, Text").getByText("Skipped").waitFor();

  await page.getByLabel("Orders above 100, Filter").click();
  const inspector = page.getByRole("complementary", { name: "Step" });
  await inspector.getByRole("tab", { name: "Output" }).click();
  await inspector.getByText("Kestrel Logistics").first().waitFor();
  await inspector.getByRole("tab", { name: "Setup" }).click();
  await inspector.getByRole("tabpanel", { name: "Setup" }).getByText("item.total > 100").waitFor();
  await page.keyboard.press("Escape");
  await inspector.waitFor({ state: "hidden" });
});

story("a condition has the two outputs that it declares", async ({ page }) => {
  await openWorkflow(page, "Order triage");
  const condition = page.getByLabel("Above 4 000?, Condition");
  await condition.waitFor();
  expect(await condition.locator(".react-flow__handle.source:not(.failure)").count()).toBe(2);
});

story("a step shows that it runs until it is answered, and the rest follows", async ({ page, api }) => {
  const gate = await startGate();
  await api.create("Stock sync", stockSync(gate.url));
  await openWorkflow(page, "Stock sync");
  await run(page);
  await status(page, "Running");
  await page.getByLabel("Fetch stock, HTTP request").getByText("Running").waitFor();
  await page.getByLabel("Shop, Text").getByText("Succeeded").waitFor();
  await page.getByText("1 of 3 steps").waitFor();
  gate.open([{ level: 4 }, { level: 7 }]);
  await status(page, "Succeeded");
  await page.getByText("3 of 3 steps").waitFor();
  await page.getByLabel("Fetch stock, HTTP request").getByText("Succeeded").waitFor();
});

story("a run that waits says so, and can be stopped", async ({ page, api }) => {
  await api.create("Patience", longWait);
  await openWorkflow(page, "Patience");
  await run(page);
  await status(page, "Waiting");
  await page.getByLabel("Sleep on it, Delay").getByText("Waiting").waitFor();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await status(page, "Cancelled");
  expect((await api.latest()).status).toBe("cancelled");
});

story("a run takes input, and remembers it", async ({ page, api }) => {
  await api.create("Echo", {
    nodes: [
      { id: "base", type: "number", data: { value: 1 } },
      { id: "echo", type: "expression", data: { label: "Echo", expression: "trigger.input.limit + input" } },
    ],
    edges: [{ source: "base", target: "echo" }],
  });
  await openWorkflow(page, "Echo");
  const ask = async () => {
    await page.getByRole("button", { name: "More ways to run" }).click();
    await page.getByRole("menuitem", { name: "Run with input…" }).click();
    return page.getByRole("textbox", { name: "Input as JSON" });
  };
  await (await ask()).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText('{"limit": }');
  await page.getByText("Line 1, column 11: a value is expected here.").waitFor();
  expect(await page.getByRole("dialog").getByRole("button", { name: "Run" }).isDisabled()).toBe(true);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText('{"limit": 4000}');
  await page.getByRole("dialog").getByRole("button", { name: "Run" }).click();
  await status(page, "Succeeded");
  expect(await api.latest()).toMatchObject({ input: { limit: 4000 }, output: 4001, trigger: "manual" });
  await (await ask()).getByText('"limit"').waitFor();
});

story("a failure shows on the node and in the inspector", async ({ page, api }) => {
  await api.create("Stock sync", stockSync("http://127.0.0.1:1/"));
  await openWorkflow(page, "Stock sync");
  await run(page);
  await status(page, "Failed");
  const node = page.getByLabel("Fetch stock, HTTP request");
  await node.getByText("Failed").waitFor();
  await node.click();
  await page.getByRole("complementary", { name: "Step" }).getByText("http_connect").waitFor();
});

story("a workflow of hundreds of nodes is laid out by a worker", async ({ page, api }) => {
  await api.create("Large tree", largeTree);
  await openWorkflow(page, "Large tree");
  await page.getByRole("region", { name: "Workflow canvas" }).getByRole("button").first().waitFor();
  await page.getByRole("button", { name: "Fit to the screen" }).click();
  await page.getByLabel("Number, Number").first().waitFor({ state: "attached" });
});
