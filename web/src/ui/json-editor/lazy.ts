import { lazy } from "react";

/** The editor as its own chunk, loaded when one is first shown. */
export const LazyJsonEditor = lazy(() => import("./json-editor.tsx").then((m) => ({ default: m.JsonEditor })));
