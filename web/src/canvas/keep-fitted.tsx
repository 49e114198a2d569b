import { type FitViewOptions, type ReactFlowState, useReactFlow, useStore } from "@xyflow/react";
import { useEffect } from "react";

/** Fits the workflow anew when the canvas changes its size, until somebody has chosen their own view. */
export function KeepFitted({ enabled, fit }: { enabled: boolean; fit: FitViewOptions }) {
  const { fitView } = useReactFlow();
  const size = useStore(sizeText);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of size is what this waits for.
  useEffect(() => {
    if (enabled) void fitView(fit);
  }, [enabled, fit, size, fitView]);
  return null;
}

const sizeText = ({ width, height }: ReactFlowState): string => `${width}x${height}`;
