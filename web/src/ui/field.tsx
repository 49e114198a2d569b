import { type ComponentProps, type ReactNode, useId } from "react";
import "./field.css";

interface TextFieldProps extends Omit<ComponentProps<"input">, "className"> {
  label: string;
  problem?: string | null;
}

export function TextField({ label, problem, ...input }: TextFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <span className="input">
        <input
          {...input}
          id={id}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
        />
      </span>
      {problem && (
        <span className="field-problem" id={`${id}-problem`} role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}

/** A key. Hidden from readers where what it belongs to tells them its shortcut. */
export function Kbd({ children, hidden }: { children: ReactNode; hidden?: boolean }) {
  return (
    <kbd className="kbd" aria-hidden={hidden}>
      {children}
    </kbd>
  );
}
