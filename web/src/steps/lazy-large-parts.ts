import { lazy } from "react";

/** The list of large parts, which few values have. */
export const LazyLargeParts = lazy(async () => ({ default: (await import("./large-parts.tsx")).LargeParts }));
