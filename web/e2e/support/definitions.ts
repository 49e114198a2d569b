import type { Definition } from "~/api/types.ts";

/** Definitions that stories store. */

export const calculation = (op: string, target = "result"): Definition => ({
  nodes: [
    { id: "first", type: "number", data: { value: 10 } },
    { id: "second", type: "number", data: { value: 5 } },
    { id: "result", type: "operation", data: { label: "Result", op } },
  ],
  edges: [
    { source: "first", target: "result" },
    { source: "second", target },
  ],
});

/** Asks an address, and goes on when it answers. */
export const stockSync = (url: string): Definition => ({
  nodes: [
    { id: "shop", type: "text_input", data: { label: "Shop", text: "Northwind" } },
    { id: "fetch", type: "http", data: { label: "Fetch stock", url } },
    { id: "rows", type: "map", data: { label: "Stock levels", expression: "item.level" } },
  ],
  edges: [
    { source: "shop", target: "fetch" },
    { source: "fetch", target: "rows" },
  ],
});

/** Calls the workflow of a name. */
export const calling = (workflow: string): Definition => ({
  nodes: [
    { id: "note", type: "text_input", data: { label: "Note", text: "Please" } },
    { id: "call", type: "sub_workflow", data: { label: "Ask the other", workflow } },
  ],
  edges: [{ source: "note", target: "call" }],
});

/** Waits for as long as no story lasts. */
export const longWait: Definition = {
  nodes: [
    { id: "note", type: "text_input", data: { label: "Note", text: "Back tomorrow" } },
    { id: "sleep", type: "delay", data: { label: "Sleep on it", duration: "8h" } },
  ],
  edges: [{ source: "note", target: "sleep" }],
};

/** Asks whether to pay, and how much. */
export const payment: Definition = {
  nodes: [
    {
      id: "ask",
      type: "approval",
      data: {
        title: "Pay the invoice?",
        message: "Kestrel Logistics, due tomorrow",
        form: {
          type: "object",
          required: ["amount"],
          properties: { amount: { type: "number", title: "Amount", minimum: 1 } },
        },
      },
    },
    { id: "paid", type: "expression", data: { label: "Paid", expression: "input.data.amount" } },
  ],
  edges: [{ source: "ask", target: "paid", sourceHandle: "approved" }],
};

export const largeTree: Definition = {
  nodes: Array.from({ length: 320 }, (_, index) => ({
    id: `n${index}`,
    type: index === 0 ? "number" : "expression",
    data: index === 0 ? { value: 1 } : { expression: `input + ${index}` },
  })),
  edges: Array.from({ length: 319 }, (_, index) => ({ source: `n${Math.floor(index / 2)}`, target: `n${index + 1}` })),
};
