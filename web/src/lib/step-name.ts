/** The node of a step that is written as `node` or `node[2.0]`. */
export const nodeOfStep = (step: string): string => step.replace(/\[[\d.]+\]$/, "");
