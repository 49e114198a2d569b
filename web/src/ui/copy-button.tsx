import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { t } from "~/i18n/t.ts";
import { IconButton } from "./button.tsx";
import { toast } from "./toast.tsx";

/** Copies a text that is made only when asked for. */
export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch {
      toast({ tone: "bad", title: t("common.copyFailed"), text: t("common.copyFailedText") });
    }
  };
  return (
    <IconButton small label={copied ? t("common.copied") : label} onClick={copy}>
      {copied ? <Check size={14} className="tone-ok" /> : <Copy size={14} />}
    </IconButton>
  );
}
