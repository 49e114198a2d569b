import { expect } from "vitest";
import { calculation, longWait } from "../support/definitions.ts";
import { openWorkflow, run, status } from "../support/steps.ts";
import { story } from "../support/story.ts";

story(
  "a server that is gone is told, and the page goes on when it is back",
  async ({ page, product, api, visitor }) => {
    visitor.expectComplaint(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/);
    await api.create("Sums", calculation("add"));
    await openWorkflow(page, "Sums");
    await page.getByLabel("Result, Calculate").waitFor();
    await product.stop();
    await run(page);
    await page.getByText("The server does not answer").waitFor();
    await product.start();
    await run(page);
    await status(page, "Succeeded");
  },
);

story("a run that is followed goes on after a restart of the server", async ({ page, product, api, visitor }) => {
  visitor.expectComplaint(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/);
  await api.create("Patience", longWait);
  await openWorkflow(page, "Patience");
  await run(page);
  await status(page, "Waiting");
  await product.stop();
  await product.start();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await status(page, "Cancelled");
});

story(
  "a list keeps what it has while the server is gone, and goes on by itself",
  async ({ page, product, api, visitor }) => {
    visitor.expectComplaint(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET/);
    await api.run(await api.create("Sums", calculation("add")));
    await page.goto("/executions");
    await page.getByRole("cell", { name: "Succeeded" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await product.stop();
    await page.getByRole("alert").getByText("The server does not answer").waitFor();
    expect(await page.getByRole("cell", { name: "Succeeded" }).count()).toBe(1);
    expect(await page.getByText("Live", { exact: true }).count()).toBe(0);
    await product.start();
    await page.getByRole("alert").waitFor({ state: "hidden" });
    await page.getByText("Live", { exact: true }).waitFor();
  },
);
