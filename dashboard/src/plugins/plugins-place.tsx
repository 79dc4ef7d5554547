// Plugins of both kinds: the list, and a page for each.

import { lazy } from "react";
import { Route, Routes } from "react-router";
import { PluginList } from "./plugin-list.tsx";

const InstallPlace = lazy(() => import("./install/install-place.tsx"));
const PluginPage = lazy(() => import("./plugin-page.tsx"));
const ProcessPluginPage = lazy(() => import("./process-plugin-page.tsx"));

export default function PluginsPlace() {
  return (
    <Routes>
      <Route index element={<PluginList />} />
      <Route path="install/*" element={<InstallPlace />} />
      {/* No native plugin is called so: an installed id has no colon. */}
      <Route path="process:/:plugin" element={<ProcessPluginPage />} />
      <Route path=":plugin/:tab?" element={<PluginPage />} />
    </Routes>
  );
}
