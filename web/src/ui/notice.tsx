import { CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import "./panel.css";

/** A message that belongs to the place where it stands. */
export function Notice({
  tone,
  title,
  text,
  children,
  actions,
}: {
  tone: "bad" | "wait" | "ok";
  title: string;
  text?: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = tone === "ok" ? CircleCheck : TriangleAlert;
  return (
    <div className={`notice ${tone}`} role={tone === "ok" ? "status" : "alert"}>
      <Icon size={14} aria-hidden="true" />
      <div className="grow">
        <strong>{title}</strong>
        {text && <div>{text}</div>}
        {children}
        {actions && <div className="actions">{actions}</div>}
      </div>
    </div>
  );
}
