import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { recentExecutionsQuery } from "~/api/queries/executions.ts";
import { sessionQuery } from "~/api/queries/session.ts";
import { workflowListQuery, workflowQuery } from "~/api/queries/workflows.ts";
import type { ExecutionStatus } from "~/api/types.ts";
import { paths } from "~/lib/paths.ts";
import { Loading } from "~/ui/loading.tsx";
import { MissingPage } from "./missing-page.tsx";
import { PageProblem } from "./page-problem.tsx";
import { Shell } from "./shell/shell.tsx";

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({ notFoundComponent: MissingPage });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: (search): { next?: string } => ({ next: text(search.next) }),
  component: lazyRouteComponent(() => import("~/features/sign-in/login-page.tsx"), "LoginPage"),
});

const linkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { token?: string } => ({ token: text(search.token) }),
  component: lazyRouteComponent(() => import("~/features/sign-in/link-page.tsx"), "LinkPage"),
});

const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session) throw redirect(paths.login(location.href === "/" ? undefined : location.href));
    return { session };
  },
  component: Shell,
});

const indexRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ ...paths.workflows(), replace: true });
  },
});

const workflowsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/workflows",
  validateSearch: (search): { q?: string } => ({ q: text(search.q) }),
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchInfiniteQuery(workflowListQuery);
    void queryClient.prefetchQuery(recentExecutionsQuery);
  },
  component: lazyRouteComponent(() => import("~/features/workflows/workflows-page.tsx"), "WorkflowsPage"),
});

const workflowRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/workflows/$id",
  loader: ({ context: { queryClient }, params }) => queryClient.ensureQueryData(workflowQuery(params.id)),
  component: lazyRouteComponent(() => import("~/features/editor/workflow-page.tsx"), "WorkflowPage"),
});

const canvasRoute = createRoute({
  getParentRoute: () => workflowRoute,
  path: "/",
  validateSearch: (search): { execution?: string; node?: string } => ({
    execution: text(search.execution),
    node: text(search.node),
  }),
  component: lazyRouteComponent(() => import("~/features/editor/canvas-tab.tsx"), "CanvasTab"),
});

const jsonRoute = createRoute({
  getParentRoute: () => workflowRoute,
  path: "/json",
  component: lazyRouteComponent(() => import("~/features/editor/json-tab.tsx"), "JsonTab"),
});

const statuses: readonly string[] = [
  "queued",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "cancelled",
  "timed_out",
] satisfies ExecutionStatus[];
const status = (value: unknown): ExecutionStatus | undefined =>
  statuses.includes(value as string) ? (value as ExecutionStatus) : undefined;

const workflowExecutionsRoute = createRoute({
  getParentRoute: () => workflowRoute,
  path: "/executions",
  validateSearch: (search): { status?: ExecutionStatus } => ({ status: status(search.status) }),
  component: lazyRouteComponent(
    () => import("~/features/executions/workflow-executions-tab.tsx"),
    "WorkflowExecutionsTab",
  ),
});

const executionsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/executions",
  validateSearch: (search): { status?: ExecutionStatus; workflow?: string } => ({
    status: status(search.status),
    workflow: text(search.workflow),
  }),
  component: lazyRouteComponent(() => import("~/features/executions/executions-page.tsx"), "ExecutionsPage"),
});

const approvalsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/approvals",
  validateSearch: (search): { show?: "mine" | "all" } =>
    search.show === "mine" || search.show === "all" ? { show: search.show } : {},
  component: lazyRouteComponent(() => import("~/features/approvals/approvals-page.tsx"), "ApprovalsPage"),
});

export type ExecutionView = "timeline" | "canvas" | "steps" | "data";
const views: readonly string[] = ["timeline", "canvas", "steps", "data"] satisfies ExecutionView[];

const executionRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/executions/$id",
  validateSearch: (search): { view?: ExecutionView; node?: string; step?: string } => ({
    view: views.includes(search.view as string) ? (search.view as ExecutionView) : undefined,
    node: text(search.node),
    step: text(search.step),
  }),
  component: lazyRouteComponent(() => import("~/features/executions/execution-page.tsx"), "ExecutionPage"),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  linkRoute,
  signedInRoute.addChildren([
    indexRoute,
    workflowsRoute,
    workflowRoute.addChildren([canvasRoute, jsonRoute, workflowExecutionsRoute]),
    executionsRoute,
    executionRoute,
    approvalsRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: Loading,
    defaultErrorComponent: PageProblem,
    defaultNotFoundComponent: MissingPage,
    // Ids in the address are text; nothing is to be read as JSON.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const entries = Object.entries(search).filter((entry): entry is [string, string] => typeof entry[1] === "string");
      const params = new URLSearchParams(entries).toString();
      return params === "" ? "" : `?${params}`;
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
