import type { Page } from "playwright-core";
import { expect } from "vitest";
import { iconComponent } from "~/canvas/icon-name.ts";
import * as icons from "~/canvas/icons.ts";
import { accessibilityFindings, contrastFindings } from "../support/axe.ts";
import { blocks, callbackWait, longList, signalWait, stockSync } from "../support/definitions.ts";
import { startGate } from "../support/gate.ts";
import { type Scene, story } from "../support/story.ts";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
];

/** Every route, and what must be seen before it counts as open. */
async function routes({ api }: Scene): Promise<[path: string, seen: string][]> {
  const triage = await api.workflow("Order triage");
  const done = await api.run(triage, { limit: 4000 });
  const failed = await api.run(await api.create("Stock sync", stockSync("http://127.0.0.1:1/")));
  const gate = await startGate();
  gate.open({ by: 2 });
  const loop = await api.run(await api.create("Rates", blocks(gate.url)));
  const large = await api.run(await api.create("Many", longList));
  const waiting = await api.begin(await api.create("Ship", signalWait));
  const called = await api.begin(await api.create("Bank", callbackWait));
  return [
    ["/login", "Use the account"],
    ["/sign-in", "This link does not work"],
    ["/workflows", "Order triage"],
    ["/workflows?q=nothing-like-this", "No workflow fits"],
    [`/workflows/${triage.id}`, "Sample orders"],
    [`/workflows/${triage.id}?execution=${done.id}&node=large`, "Kestrel Logistics"],
    [`/workflows/${triage.id}/json`, '"Sample orders"'],
    [`/workflows/${triage.id}/executions`, "Succeeded"],
    ["/executions", "Stock sync"],
    ["/executions?status=timed_out", "No execution fits"],
    [`/executions/${done.id}?node=sum`, "4569.48"],
    [`/executions/${failed.id}?node=fetch`, "This step failed"],
    [`/executions/${done.id}?view=canvas`, "Sample orders"],
    [`/executions/${done.id}?view=steps`, "text_input"],
    [`/executions/${done.id}?view=data`, "Output of the execution"],
    [`/executions/${loop.id}?node=divide`, "3 rounds"],
    [`/executions/${loop.id}?view=canvas&node=divide`, "1 of 3"],
    [`/workflows/${loop.workflow_id}?execution=${loop.id}&node=divide`, "3 rounds"],
    [`/executions/${large.id}?node=list`, "Too large to be shown"],
    [`/executions/${waiting}?node=paid`, "Send it"],
    [`/executions/${called}?node=bank`, "Whoever calls this address"],
    ["/approvals", "Nothing waits for you"],
    ["/approvals?show=mine", "Nothing names you"],
    ["/nothing/here", "Nothing here"],
  ];
}

const wear = async (page: Page, theme: "light" | "dark"): Promise<void> => {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await page.locator(`html[data-theme=${theme}]`).waitFor();
};

/** Whatever is open now can be used by everybody, in both themes. */
async function expectAccessible(page: Page, name: string): Promise<void> {
  expect(await accessibilityFindings(page), `${name} in light`).toEqual([]);
  await wear(page, "dark");
  expect(await contrastFindings(page), `${name} in dark`).toEqual([]);
  await wear(page, "light");
}

story("every page opens in light and dark, for everybody", async (scene) => {
  const { page, visitor } = scene;
  for (const [path, seen] of await routes(scene)) {
    const answer = await page.goto(path);
    expect(answer?.headers()["content-security-policy"]?.split(/;\s*/), path).toEqual(policy);
    await wear(page, "light");
    await page.getByText(seen).first().waitFor();
    await expectAccessible(page, path);
    expect(visitor.complaints, path).toEqual([]);
  }
});

story("every overlay opens in light and dark, for everybody", async ({ page }) => {
  const overlays: [name: string, open: () => Promise<void>][] = [
    ["help", () => page.keyboard.press("?")],
    ["palette", () => page.keyboard.press("ControlOrMeta+k")],
    ["new-workflow", () => page.getByRole("button", { name: "New workflow" }).click()],
  ];
  await page.goto("/workflows");
  await wear(page, "light");
  await page.getByRole("link", { name: "Order triage" }).waitFor();
  for (const [name, open] of overlays) {
    await open();
    await page.getByRole("dialog").waitFor();
    if (name === "new-workflow") await page.getByRole("textbox", { name: "Definition as JSON" }).waitFor();
    await expectAccessible(page, name);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  }
});

story("a searching select opens in light and dark, for everybody", async ({ page }) => {
  await page.goto("/executions");
  await wear(page, "light");
  await page.getByRole("combobox", { name: "Workflow: any" }).click();
  await page.getByRole("option", { name: "Order triage" }).waitFor();
  await expectAccessible(page, "workflow filter");
  await page.getByRole("combobox", { name: "Search workflows" }).fill("nothing like this");
  await page.getByText("Nothing fits.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("option").first().waitFor({ state: "hidden" });
});

story("every icon that the server names is drawn", async ({ api }) => {
  const { items } = await api.nodeTypes();
  const missing = items
    .filter(({ icon }) => !(iconComponent(icon) in icons))
    .map(({ type, icon }) => `${type}: ${icon}`);
  expect(missing).toEqual([]);
});
