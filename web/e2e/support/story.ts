import type { Page } from "playwright-core";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { closeBrowser, type Visitor, visit } from "./browser.ts";
import { type Api, type Product, startProduct } from "./product.ts";

export interface Scene {
  page: Page;
  visitor: Visitor;
  product: Product;
  api: Api;
}

/** One thing a person does, with a fresh browser and a fresh product. Fails on any complaint of the browser. */
export function story(
  name: string,
  tell: (scene: Scene) => Promise<void>,
  { signedIn = true }: { signedIn?: boolean } = {},
): void {
  test(name, async () => {
    const product = await startProduct();
    onTestFinished(() => product.remove());
    const visitor = await visit(product.url);
    onTestFinished(() => visitor.leave());
    if (signedIn) await signIn(visitor, product);
    await tell({ page: visitor.page, visitor, product, api: product.api });
    expect(visitor.complaints).toEqual([]);
  });
}

/** As the page does with the printed link, without drawing it. */
async function signIn({ context }: Visitor, { signInUrl }: Product): Promise<void> {
  const token = new URL(signInUrl).searchParams.get("token");
  const answer = await context.request.post("/api/v1/auth/link", { data: { token } });
  expect(answer.status()).toBe(200);
}

afterAll(closeBrowser);
