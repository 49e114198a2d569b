import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronDown, Search } from "lucide-react";
import { t } from "~/i18n/t.ts";
import { buttonClass } from "./button.tsx";
import type { SelectOption } from "./select.tsx";
import "./menu.css";

interface SearchSelectProps {
  label: string;
  chosen: SelectOption;
  /** What fits the search, with the option that stands for "any" first. */
  options: readonly SelectOption[];
  any: SelectOption;
  searchLabel: string;
  search: string;
  onSearch: (text: string) => void;
  onChange: (value: string) => void;
  /** Said below the options. */
  note?: string | null;
}

/** A filter with more options than a list can hold: they are searched, by whoever gives them. */
export function SearchSelect(props: SearchSelectProps) {
  const { label, chosen, options, any, searchLabel, search, onSearch, onChange, note } = props;
  return (
    <Base.Root<SelectOption>
      items={options}
      filter={null}
      value={chosen}
      isItemEqualToValue={(a, b) => a.value === b.value}
      inputValue={search}
      onInputValueChange={(text, { reason }) => {
        if (reason === "input-change" || reason === "input-clear") onSearch(text);
      }}
      onOpenChangeComplete={(isOpen) => !isOpen && onSearch("")}
      onValueChange={(next) => onChange(next?.value ?? any.value)}
      autoHighlight
    >
      <Base.Trigger
        className={buttonClass({}, "select-trigger")}
        data-active={chosen.value !== any.value}
        aria-label={`${label}: ${chosen.label}`}
      >
        <span className="what">{label}</span>
        <span className="value">{chosen.label}</span>
        <ChevronDown size={14} aria-hidden="true" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="popup-layer" sideOffset={6} align="start">
          <Base.Popup className="popup searching" aria-label={label}>
            <span className="popup-search">
              <Search size={14} aria-hidden="true" />
              <Base.Input aria-label={searchLabel} placeholder={searchLabel} />
            </span>
            <Base.Empty className="popup-note">{t("select.none")}</Base.Empty>
            <Base.List className="popup-list">
              {(option: SelectOption) => (
                <Base.Item key={option.value} value={option} className="popup-item">
                  <span className="truncate">{option.label}</span>
                  <span className="mark">
                    <Base.ItemIndicator>
                      <Check size={14} />
                    </Base.ItemIndicator>
                  </span>
                </Base.Item>
              )}
            </Base.List>
            {note && <div className="popup-note">{note}</div>}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
