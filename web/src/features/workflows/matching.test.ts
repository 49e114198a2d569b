import { expect, test } from "vitest";
import type { WorkflowSummary } from "~/api/types.ts";
import { matching } from "./matching.ts";

const workflow = (name: string, description: string | null, tags: string[] = []) =>
  ({ name, description, tags }) as WorkflowSummary;
const all = [workflow("Stock sync", "Reads levels", ["shop"]), workflow("Refunds", null, ["shop", "money"])];

test.each([
  ["", ["Stock sync", "Refunds"]],
  ["SHOP", ["Stock sync", "Refunds"]],
  ["levels  stock", ["Stock sync"]],
  ["money sync", []],
])("%j finds %j", (query, names) => {
  expect(matching(all, query).map((found) => found.name)).toEqual(names);
});
