import { fileURLToPath } from "node:url";
import { story } from "../support/story.ts";

const picture = fileURLToPath(new URL("../../../docs/images/editor-light.png", import.meta.url));

/** The picture in the README: the example, run on its canvas, with the data of one step. */
story("the editor shows an execution of the example", async ({ page, api }) => {
  const triage = await api.workflow("Order triage");
  const { id } = await api.run(triage);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(`/workflows/${triage.id}?execution=${id}&node=large`);
  await page.getByLabel("Decision, Show").getByText("Succeeded").waitFor();
  await page.getByText("Kestrel Logistics").first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  await page.screenshot({ path: picture, animations: "disabled" });
});
