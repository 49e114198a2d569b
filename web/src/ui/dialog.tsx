import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "~/i18n/t.ts";
import { buttonClass } from "./button.tsx";
import "./dialog.css";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  text?: string;
  wide?: boolean;
  children?: ReactNode;
  foot?: ReactNode;
}

export function Dialog({ open, onClose, title, text, wide, children, foot }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-veil" />
        <Base.Popup className={wide ? "dialog wide" : "dialog"}>
          <header className="dialog-head">
            <div className="grow">
              <Base.Title className="dialog-title">{title}</Base.Title>
              {text && <Base.Description className="dialog-text">{text}</Base.Description>}
            </div>
            <Base.Close
              className={buttonClass({ look: "ghost", small: true }, "icon")}
              aria-label={t("common.close")}
              title={t("common.close")}
            >
              <X size={14} />
            </Base.Close>
          </header>
          <div className="dialog-body">{children}</div>
          {foot && <footer className="dialog-foot">{foot}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
