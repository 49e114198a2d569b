// @vitest-environment jsdom

import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { JsonTree } from "./json-tree.tsx";

const lines = () => screen.getAllByRole("treeitem").map((line) => line.textContent);

test("the keyboard walks, opens and closes", async () => {
  const user = userEvent.setup();
  render(<JsonTree label="Output" value={{ name: "Ada", tags: ["x"], big: Array.from({ length: 90 }, () => 0) }} />);
  expect(lines()).toEqual(["3 fields", 'name: "Ada"', "tags: 1 item", '0: "x"', "big: […] 90 items"]);

  await user.tab();
  expect(document.activeElement).toBe(screen.getByRole("tree", { name: "Output" }));
  await user.keyboard("{ArrowDown}{ArrowDown}{ArrowLeft}");
  expect(lines()).toEqual(["3 fields", 'name: "Ada"', "tags: […] 1 item", "big: […] 90 items"]);
  await user.keyboard("{ArrowRight}");
  expect(lines()).toContain('0: "x"');
});

test("a value of a million elements shows only what is in view", () => {
  render(<JsonTree label="Output" value={{ rows: Array.from({ length: 1_000_000 }, (_, i) => i) }} />);
  expect(lines().length).toBeLessThan(40);
});

test("texts are quoted as in JSON, and cut when they are very long", () => {
  render(<JsonTree label="Output" value={{ text: `a"b\n${"x".repeat(5000)}` }} />);
  expect(lines()[1]?.startsWith('text: "a\\"b\\nxxx')).toBe(true);
  expect(lines()[1]?.length).toBeLessThan(2100);
});
