import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "./button.tsx";
import "./menu.css";

export interface SelectOption {
  value: string;
  label: string;
  icon?: ReactNode;
}

/** A filter: what it filters by, and one of the options, of which the first stands for "any". */
export function FilterSelect({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly SelectOption[];
  onChange: (value: string) => void;
}) {
  const chosen = options.find((option) => option.value === value) ?? options[0];
  return (
    <Base.Root
      items={options.map((option) => ({ value: option.value, label: option.label }))}
      value={chosen?.value ?? ""}
      onValueChange={(next) => onChange(next ?? "")}
    >
      <Base.Trigger
        className={buttonClass({}, "select-trigger")}
        data-active={chosen !== options[0]}
        aria-label={`${label}: ${chosen?.label ?? ""}`}
      >
        <span className="what">{label}</span>
        <span className="value">{chosen?.label}</span>
        <ChevronDown size={14} aria-hidden="true" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="popup-layer" sideOffset={6} align="start" alignItemWithTrigger={false}>
          <Base.Popup className="popup" aria-label={label}>
            {options.map((option) => (
              <Base.Item key={option.value} value={option.value} className="popup-item">
                {option.icon}
                <Base.ItemText>{option.label}</Base.ItemText>
                <span className="mark">
                  <Base.ItemIndicator>
                    <Check size={14} />
                  </Base.ItemIndicator>
                </span>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
