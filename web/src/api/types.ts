import type * as generated from "./generated.ts";

/** The shapes of the HTTP interface, as the server's own document has them, by the names the pages use. */
export type {
  AcceptedExecution,
  Approval,
  ApprovalPage,
  Decision,
  DecisionInput,
  Definition,
  DefinitionEdge,
  DefinitionNode,
  ExecuteInput,
  Execution,
  ExecutionEvent,
  ExecutionEventName,
  ExecutionPage,
  ExecutionStatus,
  Failure,
  LargePart,
  Me,
  NodeCategory,
  NodeType,
  NodeTypes,
  Problem,
  ProblemItem,
  Reason,
  Step,
  StepPage,
  StepStatus,
  Trigger,
  Verdict,
  WorkflowInput,
  WorkflowPageBody as WorkflowPage,
} from "./generated.ts";

/** A workflow in a list; its definition comes only with the workflow itself. */
export type WorkflowSummary = generated.Workflow;
export type Workflow = generated.Workflow & Required<Pick<generated.Workflow, "definition">>;
export type WorkflowVersion = generated.WorkflowVersion & Required<Pick<generated.WorkflowVersion, "definition">>;
