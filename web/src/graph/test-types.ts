import type { NodeType } from "~/api/types.ts";

type Ports = NodeType["ports"];

/** Node types for tests, as the server describes them. */
export const describe = (type: string, title: string, ports: Partial<Ports> = {}): [string, NodeType] => [
  type,
  {
    type,
    title,
    category: "data",
    icon: "box",
    summary: "",
    schema: {},
    ports: {
      inputs: [{ name: "", title: "Input", role: "value" }],
      ...ports,
      outputs: [...(ports.outputs ?? values("")), { name: "on_error", title: "On error", role: "failure" }],
    },
    purity: "pure",
    example: {},
  },
];

export const values = (...names: string[]): Ports["outputs"] =>
  names.map((name) => ({ name, title: `${name}!`, role: "value" }));

const body = (name: string, role: "body" | "rounds"): Ports["outputs"] => [{ name, title: name, role }];

/** The node types that run parts of the graph. */
export const blockTypes: [string, NodeType][] = [
  describe("for_each", "For each", { outputs: [...body("body", "rounds"), ...values("done")], implicit_body: true }),
  describe("retry", "Retry", { outputs: [...body("body", "rounds"), ...values("done")] }),
  describe("try_catch", "Try", {
    outputs: [...body("try", "body"), ...body("catch", "body"), ...values("done")],
  }),
  describe("parallel", "Parallel", { outputs: values("done"), bodies_in: "branches" }),
];
