import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import "./tabs.css";

export interface TabItem<Id extends string> {
  id: Id;
  label: string;
  count?: string | number | null;
  panel: ReactNode;
}

/** Tabs inside a panel. Pages use links instead, so that their tabs have addresses. */
export function PanelTabs<Id extends string>({
  items,
  current,
  onChange,
  panelClass,
}: {
  items: readonly TabItem<Id>[];
  current: Id;
  onChange: (id: Id) => void;
  panelClass?: string;
}) {
  return (
    <Base.Root className="contents" value={current} onValueChange={(id) => onChange(id)}>
      <Base.List className="tabs underlined">
        {items.map(({ id, label, count }) => (
          <Base.Tab key={id} value={id} className="tab">
            {label}
            {count !== undefined && count !== null && <span className="count">{count}</span>}
          </Base.Tab>
        ))}
      </Base.List>
      {items.map(({ id, panel }) => (
        <Base.Panel key={id} value={id} className={panelClass}>
          {panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}

/** A small choice between ways to see the same thing. */
export function ViewSwitch<Id extends string>({
  label,
  items,
  current,
  onChange,
}: {
  label: string;
  items: readonly { id: Id; label: string }[];
  current: Id;
  onChange: (id: Id) => void;
}) {
  return (
    <fieldset className="tabs small" aria-label={label}>
      {items.map((item) => (
        <button
          key={item.id}
          type="button"
          className="tab"
          aria-pressed={item.id === current}
          onClick={() => onChange(item.id)}
        >
          {item.label}
        </button>
      ))}
    </fieldset>
  );
}
