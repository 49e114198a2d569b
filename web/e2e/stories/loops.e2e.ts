import { expect } from "vitest";
import { blocks, errorRoute } from "../support/definitions.ts";
import { startGate } from "../support/gate.ts";
import { openWorkflow, run, status } from "../support/steps.ts";
import { story } from "../support/story.ts";

story("a loop is at work until it ends, and its nodes say how their rounds went", async ({ page, api }) => {
  const gate = await startGate();
  await api.create("Rates", blocks(gate.url));
  await openWorkflow(page, "Rates");
  await run(page);
  await status(page, "Running");
  await page.getByLabel("For each rate, For each").getByText("Running").waitFor();
  await page.getByLabel("Ask for it, HTTP request").getByText("Running").waitFor();
  await page.getByText("1 of 7 steps").waitFor();
  gate.open({ by: 2 });
  await status(page, "Succeeded");
  await page.getByText("7 of 7 steps").waitFor();

  // The second of three rounds divides by zero, which the loop counts and goes on after.
  await page.getByLabel("For each rate, For each").getByText("Succeeded").waitFor();
  await page.getByLabel("Ask for it, HTTP request").getByText("3 rounds").waitFor();
  const divide = page.getByLabel("Divide, Expression");
  await divide.getByText("Failed").waitFor();
  await divide.getByText("1 of 3").waitFor();
  const note = page.getByLabel("Note it, Expression");
  await note.getByText("2 rounds").waitFor();
  // What was caught in the try is skipped behind the failure, and the way of the catch was taken.
  await page.getByLabel("Never, Expression").getByText("Skipped").waitFor();
});

story("the rounds of a node are listed, and one of them is looked at", async ({ page, api }) => {
  const gate = await startGate();
  gate.open({ by: 2 });
  const execution = await api.run(await api.create("Rates", blocks(gate.url)));
  await page.goto(`/executions/${execution.id}?view=timeline&node=divide`);
  const rows = page.getByRole("tabpanel", { name: "Timeline" }).getByRole("button");
  // Until the definition is here, steps go by the ids of their nodes.
  await rows.filter({ hasText: "For each rate" }).waitFor();
  expect((await rows.allInnerTexts()).map((row) => row.split("\n")[0])).toEqual([
    "Rates",
    "For each rate",
    "Ask for it",
    "Divide",
    "Note it",
    "Try",
  ]);
  const step = page.getByRole("complementary", { name: "Step" });
  await step.getByText("3 rounds").waitFor();
  // The failed one is shown at first.
  await step.getByText("expression_arithmetic").waitFor();
  await step.getByRole("button", { name: "Next" }).click();
  await step.getByRole("option", { name: /Round 3/, selected: true }).waitFor();
  await step.getByText("expression_arithmetic").waitFor({ state: "hidden" });
  await step.getByRole("listbox", { name: "Rounds and attempts" }).press("Home");
  await step.getByRole("option", { name: /Round 1/, selected: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  await step.getByText("expression_arithmetic").waitFor();
  await step.getByRole("button", { name: "Succeeded 2" }).click();
  expect(await step.getByRole("option").count()).toBe(2);
  await step.getByRole("option", { name: /Round 3/ }).click();
  await step.getByRole("option", { name: /Round 3/, selected: true }).waitFor();
  // The address names it, and so does a row of the table.
  await page.reload();
  await step.getByRole("option", { name: /Round 3/, selected: true }).waitFor();
  await page.getByRole("tab", { name: "Steps" }).click();
  await page.getByRole("button", { name: "Ask for it" }).nth(1).click();
  await step.getByRole("option", { name: /Round 2/, selected: true }).waitFor();
  await page.getByRole("tab", { name: "Canvas" }).click();
  await page.getByLabel("Divide, Expression").getByText("1 of 3").waitFor();
});

story("a failure takes the way that is drawn for it", async ({ page, api }) => {
  await api.create("Route", errorRoute("http://127.0.0.1:1/"));
  await openWorkflow(page, "Route");
  const ask = page.getByLabel("Ask, HTTP request");
  await ask.waitFor();
  const failurePort = ask.locator(".react-flow__handle.failure");
  expect(await failurePort.getAttribute("title")).toBe("On error");
  expect(await failurePort.evaluate((port) => getComputedStyle(port).opacity), "it is used, so it is seen").toBe("1");
  const quiet = page.getByLabel("The price, Expression").locator(".react-flow__handle.failure");
  expect(await quiet.evaluate((port) => getComputedStyle(port).opacity)).toBe("0");

  await run(page);
  await status(page, "Succeeded");
  await ask.getByText("Failed").waitFor();
  await page.getByLabel("The price, Expression").getByText("Skipped").waitFor();
  await page.getByLabel("A note, Expression").getByText("Succeeded").waitFor();
  expect(await page.locator(".thread.failure.failed").count()).toBe(1);
  expect((await api.latest()).output).toBe("failed with http_connect");

  await ask.click();
  const inspector = page.getByRole("complementary", { name: "Step" });
  await inspector.getByRole("tab", { name: "Setup" }).click();
  await inspector.getByText("on_error").waitFor();
});
