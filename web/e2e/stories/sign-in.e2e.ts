import { expect } from "vitest";
import { story } from "../support/story.ts";

const stranger = { signedIn: false };

story(
  "a newcomer signs in by the printed link, and the link leaves the address",
  async ({ page, product }) => {
    await page.goto(product.signInUrl);
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    expect(page.url()).toBe(`${product.url}/workflows`);
    await page.getByText("My workspace").waitFor();
    await page.getByText("Owner", { exact: true }).waitFor();
  },
  stranger,
);

story("a used link says what to do instead", async ({ page, visitor, product }) => {
  // The link has signed this browser in; a second browser comes too late.
  await visitor.context.clearCookies();
  await page.goto(product.signInUrl);
  await page.getByRole("heading", { name: "This link does not work" }).waitFor();
  await page.getByRole("link", { name: "Sign in with email" }).click();
  await page.getByLabel("Email").waitFor();
});

story(
  "a stranger signs in by email and comes to where they wanted to go",
  async ({ page, product }) => {
    await page.goto("/executions?status=failed");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByLabel("Email").fill(product.email);
    await page.getByLabel("Password").fill("guess");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Email or password is wrong.").waitFor();
    await page.getByLabel("Password").fill(product.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Executions" }).waitFor();
    expect(new URL(page.url()).search).toBe("?status=failed");
  },
  stranger,
);

story("signing out leads to the sign-in page, and back does not return", async ({ page }) => {
  await page.goto("/workflows");
  await page.getByRole("link", { name: "Order triage" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

story("a session that ended elsewhere leads to the sign-in page and back", async ({ page, product, visitor }) => {
  visitor.expectComplaint(/status of 401/);
  await page.goto("/executions");
  await page.getByRole("heading", { name: "Executions" }).waitFor();
  await visitor.context.clearCookies();
  await page.getByRole("link", { name: "Workflows" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("Email").fill(product.email);
  await page.getByLabel("Password").fill(product.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Order triage" }).waitFor();
});
