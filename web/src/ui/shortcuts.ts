import { useEffect, useEffectEvent } from "react";

/**
 * Runs `action` on a key combination such as `?`, `mod+k` (Ctrl, or Command on a Mac) or `g e` (one after the
 * other). Plain keys are left alone while somebody types or a dialog is open.
 */
export function useShortcut(combination: string, action: () => void): void {
  const act = useEffectEvent(action);
  useEffect(() => {
    const sequence = combination.split(" ");
    let reached = 0;
    const listen = (event: KeyboardEvent) => {
      const key = sequence[reached];
      if (key === undefined || event.defaultPrevented || event.isComposing) return;
      if (!matches(event, key) || (!key.startsWith("mod+") && isTaken(event))) {
        if (!["Shift", "Control", "Meta", "Alt"].includes(event.key)) reached = 0;
        return;
      }
      reached += 1;
      if (reached < sequence.length) return;
      reached = 0;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [combination]);
}

function matches(event: KeyboardEvent, key: string): boolean {
  const mod = event.ctrlKey || event.metaKey;
  if (key.startsWith("mod+")) return mod && event.key.toLowerCase() === key.slice(4);
  return !mod && !event.altKey && event.key === key;
}

function isTaken(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  const types = target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
  return types || document.querySelector('[role="dialog"]') !== null;
}
