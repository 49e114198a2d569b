import {
  CalendarClock,
  CornerDownRight,
  type LucideIcon,
  MousePointerClick,
  Terminal,
  TriangleAlert,
  Webhook,
  Zap,
} from "lucide-react";
import { type MessageKey, t } from "~/i18n/t.ts";

const triggers: Record<string, { icon: LucideIcon; word: MessageKey }> = {
  manual: { icon: MousePointerClick, word: "trigger.manual" },
  api: { icon: Terminal, word: "trigger.api" },
  webhook: { icon: Webhook, word: "trigger.webhook" },
  schedule: { icon: CalendarClock, word: "trigger.schedule" },
  error: { icon: TriangleAlert, word: "trigger.error" },
  parent: { icon: CornerDownRight, word: "trigger.parent" },
};

/** What started an execution. */
export function Trigger({ trigger }: { trigger: string }) {
  const known = triggers[trigger];
  const Icon = known?.icon ?? Zap;
  return (
    <span className="started-by">
      <Icon size={14} aria-hidden="true" />
      {known ? t(known.word) : trigger}
    </span>
  );
}
