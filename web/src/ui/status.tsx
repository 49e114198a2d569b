import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  TimerOff,
} from "lucide-react";
import { type MessageKey, t } from "~/i18n/t.ts";
import { Chip, type Tone } from "./chip.tsx";

/** Every status of an execution or of a step, and `idle` for a step that nothing is known about. */
export type Status =
  | "idle"
  | "queued"
  | "running"
  | "waiting"
  | "succeeded"
  | "failed"
  | "skipped"
  | "cancelled"
  | "timed_out";

interface Look {
  tone: Tone;
  icon: LucideIcon;
  word: MessageKey;
}

/** The one map of how a status looks, for chips, canvas, timeline and minimap alike. */
export const statusLook: Record<Status, Look> = {
  idle: { tone: "idle", icon: CircleDashed, word: "status.idle" },
  queued: { tone: "idle", icon: Clock, word: "status.queued" },
  running: { tone: "run", icon: LoaderCircle, word: "status.running" },
  waiting: { tone: "wait", icon: Hourglass, word: "status.waiting" },
  succeeded: { tone: "ok", icon: CircleCheck, word: "status.succeeded" },
  failed: { tone: "bad", icon: CircleX, word: "status.failed" },
  skipped: { tone: "idle", icon: CircleSlash, word: "status.skipped" },
  cancelled: { tone: "off", icon: Ban, word: "status.cancelled" },
  timed_out: { tone: "bad", icon: TimerOff, word: "status.timed_out" },
};

export const statusWord = (status: Status): string => t(statusLook[status].word);

export function StatusIcon({ status, size = 14 }: { status: Status; size?: number }) {
  const Icon = statusLook[status].icon;
  return <Icon size={size} className={status === "running" ? "spin" : undefined} aria-hidden="true" />;
}

export function StatusChip({ status }: { status: Status }) {
  return (
    <Chip tone={statusLook[status].tone}>
      <StatusIcon status={status} />
      {statusWord(status)}
    </Chip>
  );
}
