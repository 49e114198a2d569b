import { afterEach } from "vitest";

// Tests of components name jsdom at their top; plain code is tested without a page.
if (typeof window !== "undefined") {
  const { cleanup } = await import("@testing-library/react");
  afterEach(cleanup);

  // What jsdom lacks and the components ask for. It lays nothing out, so every box is as large as a screen.
  window.matchMedia ??= (query: string) =>
    ({ matches: false, media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList;
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  const side = { configurable: true, get: () => 400 };
  Object.defineProperties(Element.prototype, { clientWidth: side, clientHeight: side });
}
