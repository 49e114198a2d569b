import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const src = fileURLToPath(new URL("./src", import.meta.url));
const backend = process.env.THAIYYAL_URL ?? "http://127.0.0.1:8080";

/** Small parts that most pages use; those that bring a library along are left to the pages that need them. */
const isShared = (id: string): boolean =>
  /\/src\/(api|i18n|lib|ui)\/|\/lucide-react\//.test(id) &&
  !/\/src\/ui\/((json-)?dialog|menu|(search-)?select|tabs|value-view|json-editor)/.test(id);

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": src } },
  server: { proxy: { "/api": backend } },
  build: {
    // The page is served under `default-src 'none'`: nothing may be inlined as a data: address,
    // and the preload polyfill is not needed by any browser the page supports.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Libraries change seldom, so each stays in the browser's cache by itself; the many small parts of our
        // own that pages share travel together.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\//, priority: 3 },
            { name: "tanstack", test: /node_modules\/@tanstack\/(?!react-virtual|virtual)/, priority: 3 },
            { name: "canvas", test: /node_modules\/(@xyflow|d3-[a-z]+|zustand|classcat)\//, priority: 3 },
            { name: "editor", test: /node_modules\/(@codemirror|@lezer|style-mod|crelt|w3c-keyname)\//, priority: 3 },
            // The provider is needed at once, the components are not.
            { name: "react", test: /node_modules\/@base-ui\/.*csp/i, priority: 4 },
            // What is searched with comes with the pages that search.
            { name: "base-ui", test: /node_modules\/(@base-ui\/(?!react\/combobox)|@floating-ui)/, priority: 3 },
            { name: "shared", test: isShared, minShareCount: 3, priority: 2 },
          ],
        },
      },
    },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["./src/vitest-setup.ts"],
    restoreMocks: true,
  },
});
