import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { type ButtonLook, buttonClass } from "./button.tsx";
import "./menu.css";

interface MenuProps {
  label: string;
  trigger: ReactNode;
  look?: ButtonLook;
  disabled?: boolean;
  children: ReactNode;
}

export function Menu({ label, trigger, look, disabled, children }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger className={buttonClass(look ?? {})} aria-label={label} title={label} disabled={disabled}>
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="popup-layer" sideOffset={6} align="end">
          <Base.Popup className="popup">{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <Base.Item className="popup-item" onClick={onSelect}>
      {children}
    </Base.Item>
  );
}
