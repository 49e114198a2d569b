// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { LargePart } from "~/api/types.ts";
import { LargeParts } from "./large-parts.tsx";

afterEach(cleanup);

const part = (more: Partial<LargePart>): LargePart => ({
  path: "/results",
  kind: "array",
  bytes: 120_500,
  items: 3000,
  sha256: "5e",
  url: "/api/v1/executions/x/objects/5e",
  ...more,
});

function show(...parts: LargePart[]): void {
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LargeParts title="Output" parts={parts} />
    </QueryClientProvider>,
  );
}

test("a part says what it is, how large, and where it is", () => {
  show(part({}), part({ path: "", kind: "json", items: undefined, bytes: 70_000 }));
  expect(screen.getByText("List, 3,000 items, 120.5 KB")).toBeTruthy();
  expect(screen.getByText("JSON, 70.0 KB")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Download /results" }).getAttribute("href")).toBe(
    "/api/v1/executions/x/objects/5e",
  );
  expect(screen.getByRole("link", { name: "Download The whole value" })).toBeTruthy();
});

test("the first elements of a list are shown as a value is, on demand", async () => {
  const fetched = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response('{"n":1}\n{"n":2}\n'));
  show(part({}));
  expect(fetched).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Show the beginning of /results" }));
  expect(await screen.findByText("The first 2 items")).toBeTruthy();
  expect(screen.getByRole("columnheader", { name: "n" })).toBeTruthy();
});

test("a value that is gone says so", async () => {
  vi.spyOn(globalThis, "fetch").mockResolvedValue(
    new Response(JSON.stringify({ status: 404, code: "not_found", title: "There is no such value" }), {
      status: 404,
      headers: { "content-type": "application/problem+json" },
    }),
  );
  show(part({}));
  await userEvent.click(screen.getByRole("button", { name: /Show the beginning/ }));
  expect(await screen.findByRole("alert")).toBeTruthy();
});
