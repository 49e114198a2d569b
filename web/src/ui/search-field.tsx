import { Search } from "lucide-react";
import { useRef } from "react";
import { Kbd } from "./field.tsx";
import { useShortcut } from "./shortcuts.ts";
import "./field.css";

/** A search box that `/` jumps to. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  useShortcut("/", () => input.current?.focus());
  return (
    <span className="input">
      <Search size={14} aria-hidden="true" />
      <input
        ref={input}
        type="search"
        aria-keyshortcuts="/"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <Kbd hidden>/</Kbd>
    </span>
  );
}
