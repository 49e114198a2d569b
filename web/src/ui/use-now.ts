import { useSyncExternalStore } from "react";

/** One timer per pace for the whole page, and none while nobody looks. */
class Ticker {
  #now = Date.now();
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | null = null;
  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#now = Date.now();
    this.#timer ??= setInterval(this.#tick, this.#everyMs);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  };
  readonly now = (): number => this.#now;

  readonly #tick = () => {
    this.#now = Date.now();
    for (const listener of this.#listeners) listener();
  };
}

const slow = new Ticker(10_000);
const fast = new Ticker(250);

/** The time in milliseconds, kept up to date: every ten seconds, or four times a second for running clocks. */
export function useNow(pace: "slow" | "fast" = "slow"): number {
  const ticker = pace === "fast" ? fast : slow;
  return useSyncExternalStore(ticker.subscribe, ticker.now);
}
