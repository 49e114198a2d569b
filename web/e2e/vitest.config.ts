import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const web = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root: web,
  resolve: { alias: { "~": `${web}src` } },
  test: {
    environment: "node",
    include: ["e2e/**/*.e2e.ts"],
    // Two browsers at a time: the machines that run this have few cores.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
