import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const script = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Finding {
  id: string;
  nodes: { target: unknown; failureSummary?: string }[];
}

const colours = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
const everything = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

/** What a check of the page against WCAG 2 A and AA finds, one line per finding. */
export const accessibilityFindings = (page: Page): Promise<string[]> => check(page, everything);

/** What such a check finds about colours, which is all that another theme changes. */
export const contrastFindings = (page: Page): Promise<string[]> => check(page, colours);

async function check(page: Page, what: string[] | typeof colours): Promise<string[]> {
  // Evaluated by the debugger, which the content security policy does not concern.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await readFile(script, "utf8"));
  return page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } };
    const { violations } = await axe.run({ runOnly });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary ?? ""}`),
    );
  }, what);
}
