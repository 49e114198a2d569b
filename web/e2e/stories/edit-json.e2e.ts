import { expect } from "vitest";
import { calculation } from "../support/definitions.ts";
import { openTab, openWorkflow, run, status, writeJson } from "../support/steps.ts";
import { story } from "../support/story.ts";

const text = (...calculationOf: Parameters<typeof calculation>) =>
  JSON.stringify(calculation(...calculationOf), null, 2);

story("a mistake is told with line and column, and saving waits for its repair", async ({ page, api }) => {
  await api.create("Sums", calculation("add"));
  await openWorkflow(page, "Sums");
  await openTab(page, "JSON");
  await writeJson(page, '{\n  "nodes": [,]\n}');
  await page.getByRole("button", { name: /Line 2, column 13: a value is expected here/ }).waitFor();
  for (const name of ["Validate", "Save draft", "Save and publish"]) {
    expect(await page.getByRole("button", { name }).isDisabled(), name).toBe(true);
  }
  await writeJson(page, text("divide"));
  await page.getByRole("button", { name: /Line 2/ }).waitFor({ state: "hidden" });
  for (const name of ["Validate", "Save draft", "Save and publish"]) {
    expect(await page.getByRole("button", { name }).isEnabled(), name).toBe(true);
  }
});

story("validating lists every problem with its place, and a click leads there", async ({ page, api }) => {
  await api.create("Sums", calculation("add"));
  await openWorkflow(page, "Sums");
  await openTab(page, "JSON");
  await writeJson(page, text("power of two", "gone"));
  await page.getByRole("button", { name: "Validate" }).click();
  const problems = page.getByRole("region", { name: "Problems" });
  await problems.getByText("2 problems").waitFor();
  await problems.getByRole("button", { name: /\/edges\/1\/target/ }).waitFor();
  await problems.getByRole("button", { name: /node result · line 2\d .*\/nodes\/2\/data\/op/ }).click();
  const selected = await page.evaluate(() => {
    const host = [...document.querySelectorAll("*")].find((element) => element.shadowRoot);
    const root = host?.shadowRoot as unknown as { getSelection?: () => Selection | null } | null | undefined;
    return root?.getSelection?.()?.toString() ?? "";
  });
  expect(selected).toBe('"power of two"');
  await writeJson(page, text("multiply"));
  await page.getByRole("button", { name: "Validate" }).click();
  await page.getByText("The definition is valid.").waitFor();
});

story("a draft is saved, run and published", async ({ page, api }) => {
  await api.create("Sums", calculation("add"), { description: "Adds things", tags: ["money"] });
  await openWorkflow(page, "Sums");
  await openTab(page, "JSON");
  await writeJson(page, text("multiply"));
  await page.getByText("Unsaved changes").waitFor();
  await page.keyboard.press("ControlOrMeta+s");
  await page.getByText("Draft saved").waitFor();
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(await api.workflow("Sums")).toMatchObject({
    version: 1,
    unpublished_changes: true,
    definition: calculation("multiply"),
    description: "Adds things",
    tags: ["money"],
  });

  await openTab(page, "Editor");
  await page.getByText("multiply").waitFor();
  await run(page);
  await status(page, "Succeeded");
  expect(await api.latest()).toMatchObject({ version: null, output: 50 });

  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByText("Live v2").waitFor();
  await page.getByRole("button", { name: "Publish" }).waitFor({ state: "hidden" });
  await run(page);
  await page.getByRole("region", { name: "Shown execution" }).waitFor();
  expect(await api.workflow("Sums")).toMatchObject({ version: 2, unpublished_changes: false });
});

story("what the server refuses to save is listed, and nothing is stored", async ({ page, api, visitor }) => {
  visitor.expectComplaint(/status of 422/);
  await api.create("Sums", calculation("add"));
  await openWorkflow(page, "Sums");
  await openTab(page, "JSON");
  await writeJson(page, text("guess"));
  await page.getByRole("button", { name: "Save and publish" }).click();
  await page.getByText("1 problem", { exact: true }).waitFor();
  expect(await api.workflow("Sums")).toMatchObject({ version: 1, draft_revision: 1, definition: calculation("add") });
});

story("two people save: the second is told and chooses", async ({ page, api, visitor }) => {
  visitor.expectComplaint(/status of 412/);
  const workflow = await api.create("Sums", calculation("add"));
  await openWorkflow(page, "Sums");
  await openTab(page, "JSON");
  await writeJson(page, text("multiply"));
  await api.save(workflow, calculation("divide"));
  await page.getByRole("button", { name: "Save draft" }).click();
  await page.getByText("Someone else saved this workflow").waitFor();
  await page.getByRole("button", { name: "Load what is stored" }).click();
  await page.getByText('"divide"').waitFor();

  await writeJson(page, text("multiply"));
  await api.save(workflow, calculation("subtract"));
  await page.getByRole("button", { name: "Save draft" }).click();
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await page.getByText("Draft saved").waitFor();
  expect((await api.workflow("Sums")).definition).toEqual(calculation("multiply"));
});

story("unsaved changes are not lost by a click elsewhere", async ({ page, api }) => {
  await api.create("Sums", calculation("add"));
  await openWorkflow(page, "Sums");
  await openTab(page, "JSON");
  await writeJson(page, text("multiply"));
  await openTab(page, "Editor");
  await page.getByRole("dialog", { name: "Leave without saving?" }).waitFor();
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByText('"multiply"').waitFor();
  await openTab(page, "Editor");
  await page.getByRole("button", { name: "Discard changes" }).click();
  await page.getByLabel("Result, Calculate").waitFor();
});

story("a workflow is made from a pasted definition", async ({ page, api }) => {
  await page.goto("/workflows");
  await page.getByRole("button", { name: "New workflow" }).click();
  await writeJson(page, text("multiply"));
  await page.getByLabel("Name").fill("Times five");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Times five" }).waitFor();
  await page.getByText("Live v1").waitFor();
  expect((await api.workflow("Times five")).definition).toEqual(calculation("multiply"));
});

story("a pasted definition that cannot run says why", async ({ page, visitor }) => {
  visitor.expectComplaint(/status of 422/);
  await page.goto("/workflows");
  await page.getByRole("button", { name: "New workflow" }).click();
  await writeJson(page, text("guess"));
  await page.getByLabel("Name").fill("Times five");
  await page.getByRole("button", { name: "Create workflow" }).click();
  await page.getByRole("alert").getByText("/nodes/2/data/op").waitFor();
});
