// Sizes of the built page against its budgets, read from Vite's manifest. Run after `npm run build`.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const kb = 1000;
const limits = { start: 140 * kb, editor: 290 * kb, chunk: 130 * kb, output: 3000 * kb };

const sizes = new Map();
const gzipped = (file) => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
  return sizes.get(file);
};

/** The scripts that come with an entry: itself and all it imports without waiting. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}
const total = (keys) => [...keys].reduce((sum, key) => sum + gzipped(manifest[key].file), 0);

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const start = closure(entry);
const editor = new Set(start);
for (const key of ["src/features/editor/workflow-page.tsx", "src/features/editor/canvas-tab.tsx"]) closure(key, editor);

const lazy = Object.values(manifest)
  .filter(({ file }) => file.endsWith(".js"))
  .map(({ file }) => ({ file, size: gzipped(file) }))
  .sort((a, b) => b.size - a.size);
const output = readdirSync(dist, { recursive: true })
  .map((file) => statSync(join(dist, file)))
  .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);

const rows = [
  ["start, scripts", total(start), limits.start],
  ["editor, scripts", total(editor), limits.editor],
  [`largest chunk, ${lazy[0].file}`, lazy[0].size, limits.chunk],
  ["whole output, unpacked", output, limits.output],
];
let over = false;
for (const [name, size, limit] of rows) {
  const verdict = size > limit ? "OVER" : "ok";
  over ||= size > limit;
  console.log(`${verdict.padEnd(5)} ${(size / kb).toFixed(1).padStart(8)} of ${limit / kb} KB  ${name}`);
}
process.exitCode = over ? 1 : 0;
