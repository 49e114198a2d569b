import { expect } from "vitest";
import { calculation, calling, longWait, stockSync } from "../support/definitions.ts";
import { openTab, openWorkflow, run, status } from "../support/steps.ts";
import { story } from "../support/story.ts";

const nobodyThere = "http://127.0.0.1:1/";

story("filters live in the address", async ({ page, api }) => {
  const sums = await api.create("Sums", calculation("add"));
  await api.run(sums);
  await api.run(sums);
  await api.run(await api.create("Stock sync", stockSync(nobodyThere)));
  await page.goto("/executions");
  await page.getByText("3 shown").waitFor();
  await page.getByRole("combobox", { name: "Status: any" }).click();
  await page.getByRole("option", { name: "Failed" }).click();
  await page.getByText("1 shown").waitFor();
  expect(new URL(page.url()).search).toBe("?status=failed");
  await page.getByRole("combobox", { name: "Workflow: any" }).click();
  await page.getByRole("option", { name: "Sums" }).click();
  await page.getByText("No execution fits").waitFor();
  await page.reload();
  await page.getByText("No execution fits").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByText("3 shown").waitFor();
});

story("the workflow to filter by is searched, however many there are", async ({ page, api }) => {
  const first = await api.create("The first of many", calculation("add"));
  await api.run(first);
  await Promise.all(Array.from({ length: 60 }, (_, index) => api.create(`Later ${index}`, calculation("add"))));
  await page.goto("/executions");
  await page.getByText("1 shown").waitFor();
  await page.getByRole("combobox", { name: "Workflow: any" }).click();
  const search = page.getByRole("combobox", { name: "Search workflows" });
  await page.getByRole("option", { name: "Later 59" }).waitFor();
  expect(await page.getByRole("option", { name: "The first of many" }).count()).toBe(0);
  await search.fill("first of");
  await page.getByRole("option", { name: "The first of many" }).waitFor();
  await page.getByRole("option", { name: "Later 59" }).waitFor({ state: "hidden" });
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Workflow: The first of many" }).waitFor();
  expect(new URL(page.url()).searchParams.get("workflow")).toBe(first.id);
  await page.reload();
  await page.getByText("1 shown").waitFor();
  await page.getByRole("combobox", { name: "Workflow: The first of many" }).click();
  await page.getByRole("option", { name: "any", exact: true }).click();
  expect(new URL(page.url()).search).toBe("");
});

story("long lists come in pages", async ({ page, api }) => {
  const sums = await api.create("Sums", calculation("add"));
  await Promise.all(Array.from({ length: 70 }, () => api.run(sums)));
  await page.goto("/executions");
  await page.getByText("50 shown").waitFor();
  await page.getByRole("button", { name: "Load more" }).click();
  await page.getByText("70 shown").waitFor();
  await page.getByRole("button", { name: "Load more" }).waitFor({ state: "hidden" });
});

story("new executions show up by themselves", async ({ page, api }) => {
  await page.goto("/executions");
  await page.getByText("Nothing ran yet").waitFor();
  await api.run(await api.create("Sums", calculation("add")));
  await page.getByRole("cell", { name: "Succeeded" }).waitFor();
});

story("one execution shows its steps over time, on the canvas, as a table, with their data", async ({ page, api }) => {
  await api.run(await api.workflow("Order triage"), { month: "May" });
  await openWorkflow(page, "Order triage");
  await openTab(page, "Executions");
  await page.getByRole("cell", { name: "Succeeded" }).click();
  await page.getByRole("heading", { name: "Order triage v1" }).waitFor();
  const names = page.getByRole("tabpanel", { name: "Timeline" }).getByRole("button");
  await names.nth(9).waitFor();
  expect((await names.allInnerTexts()).map((row) => row.split("\n")[0])).toEqual([
    "Sample orders",
    "Read the list",
    "Orders above 100",
    "Add 19 % tax",
    "Sum them up",
    "Wait for the ledger",
    "Above 4 000?",
    "Ask a person",
    "Ship at once",
    "Decision",
  ]);
  await page.getByRole("button", { name: /Orders above 100/ }).click();
  const step = page.getByRole("complementary", { name: "Step" });
  await step.getByText("Kestrel Logistics").first().waitFor();
  expect(new URL(page.url()).searchParams.get("node")).toBe("large");

  await page.getByRole("tab", { name: "Canvas" }).click();
  await page.getByLabel("Ship at once, Text").getByText("Skipped").waitFor();
  await page.getByRole("tab", { name: "Steps" }).click();
  await page.getByRole("button", { name: "Wait for the ledger" }).click();
  await step.getByText("Delay", { exact: true }).waitFor();
  await step.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("tab", { name: "Data" }).click();
  await page.getByRole("region", { name: "Execution" }).getByText("May").waitFor();
});

story("a failed execution says where and why", async ({ page, api }) => {
  await api.run(await api.create("Stock sync", stockSync(nobodyThere)));
  await page.goto("/executions");
  await page.getByRole("link", { name: /Open execution/ }).click();
  await page.getByText("Fetch stock failed").waitFor();
  await page.getByRole("button", { name: "Show Fetch stock" }).click();
  await page.getByRole("complementary", { name: "Step" }).getByText("http_connect").waitFor();
  await page.getByRole("tab", { name: "Canvas" }).click();
  await page.getByLabel("Fetch stock, HTTP request").getByText("Failed").waitFor();
});

story("a step leads to the execution it started, and that leads back", async ({ page, api }) => {
  await api.create("Sums", calculation("add"));
  await api.run(await api.create("Caller", calling("Sums")));
  await page.goto("/executions");
  await page.getByText("2 shown").waitFor();
  await page
    .getByRole("row", { name: /Caller/ })
    .getByRole("link", { name: /Open execution/ })
    .click();
  await page.getByRole("heading", { name: "Caller v1" }).waitFor();
  await page.getByRole("tab", { name: "Steps" }).click();
  await page.getByRole("button", { name: "Ask the other" }).click();
  const step = page.getByRole("complementary", { name: "Step" });
  await step.getByRole("link", { name: "Open the execution it started" }).click();
  await page.getByRole("heading", { name: "Sums v1" }).waitFor();
  await page.getByRole("link", { name: /Started by step call of/ }).click();
  await page.getByRole("heading", { name: "Caller v1" }).waitFor();
  expect(new URL(page.url()).searchParams.get("node")).toBe("call");
});

story("a waiting execution is followed, cancelled and run again", async ({ page, api }) => {
  await api.create("Patience", longWait);
  await openWorkflow(page, "Patience");
  await run(page);
  await status(page, "Waiting");
  await page.getByRole("link", { name: "Open the execution" }).click();
  await page.getByRole("button", { name: "Cancel execution" }).click();
  await page.getByRole("status").getByText("Cancelled").waitFor();
  const before = page.url();
  await page.getByRole("button", { name: "Run again" }).click();
  await page.getByRole("status").getByText("Waiting").waitFor();
  expect(page.url()).not.toBe(before);
  expect((await api.executions()).map((execution) => execution.status)).toEqual(["waiting", "cancelled"]);
});

story("an execution that is not there says so", async ({ page, visitor }) => {
  visitor.expectComplaint(/status of 404/);
  await page.goto("/executions/0198c6a0-0000-7000-8000-00000000dead");
  await page.getByText("No such execution").waitFor();
  await page.goto("/workflows/0198c6a0-0000-7000-8000-00000000dead");
  await page.getByText("Nothing here").waitFor();
});
