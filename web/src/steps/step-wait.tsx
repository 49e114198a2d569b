import { Link } from "@tanstack/react-router";
import { Send, UserCheck } from "lucide-react";
import { useState } from "react";
import { problemText } from "~/api/problem-text.ts";
import { useSignal } from "~/api/queries/executions.ts";
import type { Step } from "~/api/types.ts";
import { reasonText } from "~/i18n/reason-text.ts";
import { t } from "~/i18n/t.ts";
import { paths } from "~/lib/paths.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { CopyButton } from "~/ui/copy-button.tsx";
import { JsonDialog } from "~/ui/json-dialog.tsx";
import { Notice } from "~/ui/notice.tsx";
import { toast } from "~/ui/toast.tsx";
import { awaited } from "./awaited.ts";
import "./step-wait.css";

/** What a step waits for, and how that can be given to it. */
export function StepWait({ step, executionId }: { step: Step; executionId: string }) {
  if (!step.reason) return null;
  return (
    <Notice tone="wait" title={reasonText(step.reason, step.wake_at)}>
      <How step={step} executionId={executionId} />
    </Notice>
  );
}

function How({ step, executionId }: { step: Step; executionId: string }) {
  const wait = awaited(step);
  switch (wait?.kind) {
    case "signal":
      return <SignalWait name={wait.name} executionId={executionId} />;
    case "callback":
      return <CallbackWait name={wait.name} url={wait.url} />;
    case "approval":
      return (
        <div className="actions">
          <Link {...paths.approvals()} className={buttonClass({ small: true })}>
            <UserCheck size={14} aria-hidden="true" />
            {t("wait.decide")}
          </Link>
        </div>
      );
    case undefined:
      return null;
  }
}

function CallbackWait({ name, url }: { name: string; url: string | null }) {
  if (url === null) return <div>{name === "" ? t("wait.callbackPlain") : t("wait.callbackNamed", { name })}</div>;
  // A server that was not told its own address gives one without a host.
  const address = new URL(url, window.location.origin).href;
  return (
    <div>
      {t("wait.callback")}
      <div className="wait-address">
        <code className="mono">{address}</code>
        <CopyButton label={t("wait.copyCallback")} text={() => address} />
      </div>
    </div>
  );
}

function SignalWait({ name, executionId }: { name: string; executionId: string }) {
  const [isAsking, setAsking] = useState(false);
  const signal = useSignal();
  const send = (payload: unknown) =>
    signal.mutate(
      { executionId, name, payload },
      {
        onSuccess: () => {
          setAsking(false);
          toast({ tone: "ok", title: t("wait.sent") });
        },
        onError: (error) => toast({ tone: "bad", ...problemText(error) }),
      },
    );
  return (
    <>
      <div>
        {t("wait.signal")} <code className="mono">{name}</code>
      </div>
      <div className="actions">
        <Button small onClick={() => setAsking(true)}>
          <Send size={14} aria-hidden="true" />
          {t("wait.send")}
        </Button>
      </div>
      {isAsking && (
        <JsonDialog
          title={t("wait.sendTitle", { name })}
          text={t("wait.sendText")}
          label={t("wait.payload")}
          action={t("wait.sendNow")}
          initialText="null"
          isPending={signal.isPending}
          onDone={send}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
