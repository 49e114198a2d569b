import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AcceptedExecution, Definition, Execution, NodeTypes, Workflow, WorkflowPage } from "~/api/types.ts";

/** The account of the owner, as the first start writes it. */
interface Access {
  email: string;
  password: string;
  api_key: string;
}

export interface Product extends Access {
  url: string;
  /** The link that the start printed. */
  signInUrl: string;
  api: Api;
  /** Stops the process and keeps its data and address, until `start` brings it back. */
  stop: () => Promise<void>;
  start: () => Promise<void>;
  /** Stops the process and removes its data. */
  remove: () => Promise<void>;
}

/** `thaiyyal dev` with a data folder and a port of its own. */
export async function startProduct(): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), "thaiyyal-e2e-"));
  let running = await spawnProduct(folder, "127.0.0.1:0");
  const { origin: url, host } = new URL(running.link);
  const access: Access = JSON.parse(await readFile(join(folder, "dev.json"), "utf8"));
  return {
    ...access,
    url,
    signInUrl: running.link,
    api: new Api(url, access.api_key),
    stop: () => end(running.process, "SIGTERM"),
    start: async () => {
      running = await spawnProduct(folder, host);
    },
    remove: async () => {
      // Nothing of it is needed any more, so it need not put its things in order.
      await end(running.process, "SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Running {
  process: ChildProcess;
  link: string;
}

function spawnProduct(folder: string, addr: string): Promise<Running> {
  const binary = process.env.THAIYYAL_BINARY;
  if (!binary) throw new Error("THAIYYAL_BINARY must name the binary to test; scripts/e2e sets it");
  const child = spawn(binary, ["dev", "--addr", addr, "--data-dir", folder], {
    // Nodes of the stories call servers of the stories.
    env: { ...process.env, THAIYYAL__CONNECTORS__ALLOW_PRIVATE_NETWORK: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const link = /http:\/\/\S+\/sign-in\?token=\S+/.exec(said)?.[0];
      if (link) resolve({ process: child, link });
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`thaiyyal dev ended with ${code}:\n${said}`)));
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

/** What stories prepare and check behind the back of the page, as a program would. */
export class Api {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  async workflow(name: string): Promise<Workflow> {
    const { items } = await this.#call<WorkflowPage>("GET", "/workflows?limit=200");
    const found = items.find((workflow) => workflow.name === name);
    if (!found) throw new Error(`there is no workflow ${name}`);
    return this.#call("GET", `/workflows/${found.id}`);
  }

  create(name: string, definition: Definition, more: object = {}): Promise<Workflow> {
    return this.#call("POST", "/workflows", { name, definition, ...more });
  }

  /** Saves a definition as somebody else would, whatever was stored before. */
  save(workflow: Workflow, definition: Definition): Promise<Workflow> {
    return this.#call("PUT", `/workflows/${workflow.id}`, { name: workflow.name, definition, publish: false });
  }

  /** Runs a workflow to its end. */
  run(workflow: Workflow, input: unknown = null): Promise<Execution> {
    return this.#call("POST", `/workflows/${workflow.id}/execute`, { input, mode: "sync" });
  }

  /** Begins to run a workflow, and gives the id of the execution. */
  async begin(workflow: Workflow): Promise<string> {
    const accepted = await this.#call<AcceptedExecution>("POST", `/workflows/${workflow.id}/execute`, {
      mode: "async",
    });
    return accepted.execution_id;
  }

  async executions(): Promise<Execution[]> {
    return (await this.#call<{ items: Execution[] }>("GET", "/executions?limit=200")).items;
  }

  /** The newest execution, with its data. */
  async latest(): Promise<Execution> {
    const [first] = await this.executions();
    if (!first) throw new Error("nothing ran yet");
    return this.#call("GET", `/executions/${first.id}`);
  }

  nodeTypes(): Promise<NodeTypes> {
    return this.#call("GET", "/node-types");
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
