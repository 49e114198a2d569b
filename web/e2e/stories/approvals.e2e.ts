import { expect } from "vitest";
import { payment } from "../support/definitions.ts";
import { openWorkflow, run, status } from "../support/steps.ts";
import { story } from "../support/story.ts";

story("a workflow asks, a person decides, and the workflow goes on", async ({ page, api, visitor }) => {
  // A form that is not filled in as it has to be is refused.
  visitor.expectComplaint(/status of 422.*\/decide/);
  await api.create("Payment", payment);
  await openWorkflow(page, "Payment");
  await run(page);
  await status(page, "Waiting");

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Approvals" }).click();
  const card = page.getByRole("listitem", { name: "Pay the invoice?" });
  await card.getByText("Kestrel Logistics, due tomorrow").waitFor();
  await card.getByRole("button", { name: "Approve" }).click();
  const dialog = page.getByRole("dialog");
  const amount = dialog.getByRole("textbox", { name: "Amount (required)" });
  await amount.fill("0");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await dialog.getByRole("alert").first().waitFor();
  await amount.fill("120");
  await dialog.getByRole("textbox", { name: "Comment" }).fill("checked");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await page.getByText("Nothing waits for you").waitFor();

  await page.goto("/approvals?show=all");
  await card.getByText("Owner: checked").waitFor();
  await card.getByRole("link", { name: "Payment" }).click();
  await page.getByRole("heading", { name: "Payment v1" }).waitFor();
  await page.getByRole("button", { name: "Paid" }).waitFor();
  expect((await api.latest()).status).toBe("succeeded");
  expect((await api.latest()).output).toBe(120);
});

story("mine are the questions that name me", async ({ page, api, product }) => {
  const ask = (name: string, assignees: string[]) =>
    api.create(name, { nodes: [{ id: "ask", type: "approval", data: { title: `${name}?`, assignees } }], edges: [] });
  for (const [name, assignees] of [
    ["Anybody", []],
    ["Somebody else", ["boss@example.com"]],
    ["You", [product.email.toUpperCase()]],
  ] as const) {
    await ask(name, [...assignees]);
    await openWorkflow(page, name);
    await run(page);
    await status(page, "Waiting");
  }
  // The way from the step that waits.
  await page.getByLabel("Approval, Approval").click();
  await page.getByRole("complementary", { name: "Step" }).getByRole("link", { name: "To the question" }).click();
  await page.getByRole("listitem").nth(2).waitFor();
  await page.getByRole("combobox", { name: "Show: Open" }).click();
  await page.getByRole("option", { name: "Mine" }).click();
  await page.getByRole("listitem", { name: "Anybody?" }).waitFor({ state: "hidden" });
  await page.getByRole("listitem", { name: "You?" }).waitFor();
  expect(await page.getByRole("listitem").filter({ hasText: "?" }).count()).toBe(1);
  await page.reload();
  await page.getByRole("listitem", { name: "You?" }).getByRole("button", { name: "Reject" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reject" }).click();
  await page.getByText("Nothing names you").waitFor();
});
