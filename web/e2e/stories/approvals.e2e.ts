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
