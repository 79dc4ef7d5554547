// Insights: what plugins were asked and what they asked. Which rows are meant stands in the address, for both views of them.

import { Loader, NavLink } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Link, Route, Routes, useLocation } from "react-router";
import { useAnswer } from "../api/use-answer.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { ActivityView } from "./activity-view.tsx";
import classes from "./insights.module.css";
import { RowDrawer } from "./row-drawer.tsx";

const ChartsView = lazy(() => import("./charts-view.tsx"));

const VIEWS = [
  { name: "Plugin Activity", path: "/ui/insights" },
  { name: "Charts", path: "/ui/insights/charts" },
] as const;

export default function InsightsPlace() {
  const agents = useAnswer("GET /agents", {}).data?.agents ?? [];
  return (
    <>
      <PageTitle title="Insights" />
      <Views />
      <Suspense fallback={<Loader aria-label="Loading" />}>
        <Routes>
          <Route index element={<ActivityView />} />
          <Route path="charts" element={<ChartsView />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
      <RowDrawer agentName={(id) => agents.find((agent) => agent.id === id)?.name ?? id} />
    </>
  );
}

function Views() {
  const { pathname, search } = useLocation();
  return (
    <nav aria-label="Views" className={classes["views"]}>
      {VIEWS.map(({ name, path }) => (
        <NavLink
          key={path}
          component={Link}
          to={{ pathname: path, search }}
          label={name}
          active={pathname === path}
          aria-current={pathname === path ? "page" : undefined}
          w="auto"
        />
      ))}
    </nav>
  );
}
