import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "~/styles/tokens.css";
import "~/styles/base.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { whenSessionIsLost } from "~/api/client.ts";
import { ApiProblem } from "~/api/problem.ts";
import { sessionQuery } from "~/api/queries/session.ts";
import { followSystemTheme } from "~/ui/theme.ts";
import { Toasts } from "~/ui/toast.tsx";
import { createQueryClient } from "./query-client.ts";
import { createAppRouter } from "./router.tsx";

const queryClient = createQueryClient();
const router = createAppRouter(queryClient);

followSystemTheme();
whenSessionIsLost(() => {
  queryClient.setQueryData(sessionQuery.queryKey, null);
  void router.invalidate();
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root, { onCaughtError: reportCaught }).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);

/** A refusal of the server is told on the page; anything else that a page caught is a mistake of ours. */
function reportCaught(error: unknown): void {
  if (!(error instanceof ApiProblem)) console.error(error);
}
