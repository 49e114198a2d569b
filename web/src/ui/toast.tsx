import { CircleCheck, CircleX, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { t } from "~/i18n/t.ts";
import { IconButton } from "./button.tsx";
import "./toast.css";

export interface ToastText {
  tone: "ok" | "bad";
  title: string;
  text?: string;
}

type Toast = ToastText & { id: number };

const shownMs = 6000;
let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Says what became of an action whose place on the page is not enough to show it. */
export function toast(text: ToastText): void {
  lastId += 1;
  const id = lastId;
  change([...toasts.slice(-3), { ...text, id }]);
  // What went wrong stays until it is read.
  if (text.tone === "ok") setTimeout(() => dismiss(id), shownMs);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <section className="toasts" aria-label={t("common.notifications")} aria-live="polite">
      {shown.map(({ id, tone, title, text }) => (
        <div key={id} className="toast" role={tone === "bad" ? "alert" : undefined}>
          {tone === "ok" ? <CircleCheck size={16} className="tone-ok" /> : <CircleX size={16} className="tone-bad" />}
          <div className="grow">
            <b>{title}</b>
            {text && <div className="text">{text}</div>}
          </div>
          <IconButton small label={t("common.dismiss")} onClick={() => dismiss(id)}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
    </section>
  );
}

const dismiss = (id: number): void => change(toasts.filter((one) => one.id !== id));

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
