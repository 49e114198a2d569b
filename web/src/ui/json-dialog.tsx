import { Suspense, useState } from "react";
import { mistakeText } from "~/i18n/mistake-text.ts";
import { t } from "~/i18n/t.ts";
import { locateJson } from "~/lib/json/locate.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { LazyJsonEditor } from "./json-editor/lazy.ts";
import { Loading } from "./loading.tsx";

interface JsonDialogProps {
  title: string;
  text: string;
  /** What the value is called. */
  label: string;
  /** What the button says. */
  action: string;
  initialText: string;
  isPending?: boolean;
  onDone: (value: unknown, text: string) => void;
  onClose: () => void;
}

/** Asks for a JSON value. */
export function JsonDialog({ title, text, label, action, initialText, isPending, onDone, onClose }: JsonDialogProps) {
  const [first] = useState(initialText);
  const [written, setWritten] = useState(first);
  const json = locateJson(written);
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      text={text}
      foot={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            look="primary"
            onClick={() => json.ok && onDone(json.value, written)}
            disabled={!json.ok || isPending}
          >
            {action}
          </Button>
        </>
      }
    >
      <div className="field">
        <div className="boxed" style={{ height: 260 }}>
          <Suspense fallback={<Loading />}>
            <LazyJsonEditor label={label} initialText={first} onChange={setWritten} autoFocus />
          </Suspense>
        </div>
        {!json.ok && <span className="field-problem">{mistakeText(json)}</span>}
      </div>
    </Dialog>
  );
}
