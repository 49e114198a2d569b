import type { ReactNode } from "react";
import "./chip.css";

export type Tone = "ok" | "run" | "bad" | "wait" | "idle" | "off";

export function Chip({ tone, children, title }: { tone: Tone | "outline"; children: ReactNode; title?: string }) {
  return (
    <span className={`chip ${tone}`} title={title}>
      {children}
    </span>
  );
}
