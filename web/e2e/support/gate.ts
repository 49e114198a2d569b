import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** An address for HTTP nodes that answers when the story says so: what an execution waits at is never a matter of time. */
export interface Gate {
  url: string;
  /** Answers every call, those that wait and those to come. */
  open: (answer: unknown) => void;
}

export async function startGate(): Promise<Gate> {
  let waiting: ServerResponse[] = [];
  let answer: string | null = null;
  const reply = (response: ServerResponse) =>
    response.writeHead(200, { "content-type": "application/json" }).end(answer);
  const server = createServer((_request, response) => {
    if (answer === null) waiting.push(response);
    else reply(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    open: (value) => {
      answer = JSON.stringify(value);
      for (const response of waiting) reply(response);
      waiting = [];
    },
  };
}
