// Begins the dashboard: what every page has around it, and nothing of any page.

import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./shell/global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { queryClient } from "./api/query-client.ts";
import { App } from "./shell/app.tsx";
import { BrokenApp } from "./shell/broken-app.tsx";
import { cssVariables, theme } from "./shell/theme.ts";

/** Places have their own addresses below; this kind of router lets a page ask before somebody leaves it. */
const router = createBrowserRouter([{ path: "*", element: <App />, errorElement: <BrokenApp /> }]);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <Notifications position="top-center" limit={3} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
