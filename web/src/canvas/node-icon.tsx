import { Box, type LucideIcon } from "lucide-react";
import { iconComponent } from "./icon-name.ts";
import * as named from "./icons.ts";

/** The icon the server names, out of those the page carries; a box for any other. */
export function NodeIcon({ name, size = 18 }: { name: string; size?: number }) {
  const Icon = (named as Record<string, LucideIcon>)[iconComponent(name)] ?? Box;
  return <Icon size={size} aria-hidden="true" />;
}
