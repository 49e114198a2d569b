import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import type { NodeState, NodeStates } from "~/graph/node-states.ts";

/**
 * What the shown execution did, outside of the node array: a change of one node's state draws that node anew
 * and leaves the other cards alone.
 */
class StatesStore {
  #states: NodeStates;
  readonly #listeners = new Set<() => void>();

  constructor(states: NodeStates) {
    this.#states = states;
  }
  readonly all = (): NodeStates => this.#states;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  replace(states: NodeStates): void {
    if (states === this.#states) return;
    this.#states = states;
    for (const listener of this.#listeners) listener();
  }
}

const empty: NodeStates = new Map();
const Context = createContext(new StatesStore(empty));

export function StatesProvider({ states = empty, children }: { states?: NodeStates; children: ReactNode }) {
  const [store] = useState(() => new StatesStore(states));
  useEffect(() => store.replace(states), [store, states]);
  return <Context value={store}>{children}</Context>;
}

/** The state of one node; undefined while nothing is known of it. */
export function useNodeState(id: string): NodeState | undefined {
  const store = use(Context);
  return useSyncExternalStore(store.subscribe, () => store.all().get(id));
}

/** Something small told from all states; it must be equal by `===` when nothing changed. */
export function useStates<T extends string | number | boolean>(tell: (states: NodeStates) => T): T {
  const store = use(Context);
  return useSyncExternalStore(store.subscribe, () => tell(store.all()));
}
