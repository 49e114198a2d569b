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

/** A loop of three rounds over an address, of which the second fails behind it; and a try around the loop's end. */
export const blocks = (url: string): Definition => ({
  nodes: [
    { id: "rates", type: "range", data: { label: "Rates", start: 0, end: 2 } },
    { id: "each", type: "for_each", data: { label: "For each rate" } },
    { id: "ask", type: "http", data: { label: "Ask for it", url } },
    { id: "divide", type: "expression", data: { label: "Divide", expression: "10 / (item - 1)" } },
    { id: "note", type: "expression", data: { label: "Note it", expression: "input" } },
    { id: "try", type: "try_catch", data: { label: "Try", fallback_value: 0 } },
    { id: "never", type: "expression", data: { label: "Never", expression: "input" } },
  ],
  edges: [
    { source: "rates", target: "each" },
    { source: "each", target: "ask", sourceHandle: "body" },
    { source: "ask", target: "divide" },
    { source: "divide", target: "note" },
    { source: "each", target: "try", sourceHandle: "done" },
    { source: "try", target: "never", sourceHandle: "catch" },
  ],
});

/** Asks an address, and has a way of its own for when that fails. */
export const errorRoute = (url: string): Definition => ({
  nodes: [
    { id: "ask", type: "http", data: { label: "Ask", url } },
    { id: "price", type: "expression", data: { label: "The price", expression: "input.price" } },
    { id: "note", type: "expression", data: { label: "A note", expression: "'failed with ' + input.code" } },
  ],
  edges: [
    { source: "ask", target: "price" },
    { source: "ask", target: "note", sourceHandle: "on_error" },
  ],
});

/** Waits for as long as no story lasts. */
export const longWait: Definition = {
  nodes: [
    { id: "note", type: "text_input", data: { label: "Note", text: "Back tomorrow" } },
    { id: "sleep", type: "delay", data: { label: "Sleep on it", duration: "8h" } },
  ],
  edges: [{ source: "note", target: "sleep" }],
};

/** Waits for a signal. */
export const signalWait: Definition = {
  nodes: [{ id: "paid", type: "wait", data: { label: "Until paid", for: "signal", name: "paid" } }],
  edges: [],
};

/** Waits for a call of its callback address. */
export const callbackWait: Definition = {
  nodes: [{ id: "bank", type: "wait", data: { label: "Until the bank calls", for: "callback", name: "bank" } }],
  edges: [],
};

/** Makes a list that is too large for the journal, and for a page. */
export const longList: Definition = {
  nodes: [
    { id: "range", type: "range", data: { start: 1, end: 9000 } },
    {
      id: "lines",
      type: "map",
      data: { label: "Lines", expression: "'line number ' + item + ' of a long list that goes on and on'" },
    },
    { id: "list", type: "expression", data: { label: "The list", expression: "input.results" } },
    { id: "count", type: "expression", data: { label: "Count", expression: "input.length" } },
  ],
  edges: [
    { source: "range", target: "lines" },
    { source: "lines", target: "list" },
    { source: "list", target: "count" },
  ],
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
