import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { followExecution } from "~/api/live.ts";
import { executionQuery, isTerminal, stepsQuery } from "~/api/queries/executions.ts";
import type { Execution, Step } from "~/api/types.ts";

export interface LiveExecution {
  execution: Execution | null;
  steps: readonly Step[];
  error: Error | null;
}

const none: readonly Step[] = [];

/** One execution and its steps, kept up to date by its events until it has ended. */
export function useLiveExecution(id: string | null): LiveExecution {
  const client = useQueryClient();
  const execution = useQuery({ ...executionQuery(id ?? ""), enabled: id !== null });
  const steps = useQuery({ ...stepsQuery(id ?? ""), enabled: id !== null });
  const runs = execution.data !== undefined && !isTerminal(execution.data.status);
  useEffect(() => {
    if (id !== null && runs) return followExecution(client, id);
  }, [client, id, runs]);
  if (id === null) return { execution: null, steps: none, error: null };
  return { execution: execution.data ?? null, steps: steps.data ?? none, error: execution.error ?? steps.error };
}
