import { expect, test } from "vitest";
import { formData, formFields } from "./form-fields.ts";

const schema = {
  type: "object",
  required: ["amount"],
  properties: {
    amount: { type: "number", title: "Amount", description: "In euro" },
    note: { type: "string" },
    urgent: { type: "boolean" },
    method: { enum: ["card", "cash"] },
  },
};

test("a flat schema is drawn field by field", () => {
  const fields = formFields(schema) ?? [];
  expect(fields.map(({ name, label, required, kind }) => [name, label, required, kind])).toEqual([
    ["amount", "Amount", true, "number"],
    ["note", "note", false, "text"],
    ["urgent", "urgent", false, "boolean"],
    ["method", "method", false, "choice"],
  ]);
});

test("a schema with more to it is left to JSON", () => {
  for (const other of [null, true, { type: "array" }, { type: "object" }, { properties: { a: { type: "object" } } }]) {
    expect(formFields(other)).toBeNull();
  }
});

test("what was typed becomes data of its kind, and nothing stays out", () => {
  const fields = formFields(schema) ?? [];
  expect(formData(fields, { amount: "12.5", note: "", urgent: "true", method: "cash" })).toEqual({
    amount: 12.5,
    urgent: true,
    method: "cash",
  });
  // The server says what is wrong with it.
  expect(formData(fields, { amount: "many" })).toEqual({ amount: "many", urgent: false });
});
