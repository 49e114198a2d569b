import type { ComponentProps, ReactNode } from "react";
import "./button.css";

export interface ButtonLook {
  look?: "plain" | "primary" | "ghost" | "danger" | "ghost danger";
  small?: boolean;
}

type ButtonProps = ButtonLook & Omit<ComponentProps<"button">, "className">;

export const buttonClass = ({ look = "plain", small = false }: ButtonLook, extra = ""): string =>
  ["button", look, small ? "small" : "", extra].filter(Boolean).join(" ");

export function Button({ look, small, ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={buttonClass({ look, small })} />;
}

/** A button that shows only an icon; the label is what it is called and what hovering shows. */
export function IconButton({
  look = "ghost",
  small,
  label,
  children,
  ...rest
}: Omit<ButtonProps, "children"> & { label: string; children: ReactNode }) {
  return (
    <button type="button" title={label} aria-label={label} {...rest} className={buttonClass({ look, small }, "icon")}>
      {children}
    </button>
  );
}
