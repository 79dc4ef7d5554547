// Settings: one section at a time, each with an address of its own.

import { Box, Button, Group } from "@mantine/core";
import { Link, Navigate, Outlet, Route, Routes, useLocation } from "react-router";
import { PageTitle } from "../parts/page-title.tsx";
import { NotFound } from "../shell/not-found.tsx";
import { AgentPage } from "./agent-page.tsx";
import { AgentsSection } from "./agents-section.tsx";
import { KeysSection } from "./keys-section.tsx";
import { ModelsSection } from "./models-section.tsx";
import { PermissionsSection } from "./permissions-section.tsx";
import { SectionTitle } from "./section-title.tsx";
import { StorageSection } from "./storage-section.tsx";
import { TunnelSection } from "./tunnel-section.tsx";

const SECTIONS = [
  { path: "agents", name: "Agents", Section: AgentsSection },
  { path: "models", name: "Models", Section: ModelsSection },
  { path: "keys", name: "Access keys", Section: KeysSection },
  { path: "permissions", name: "Permissions", Section: PermissionsSection },
  { path: "tunnel", name: "Tunnel", Section: TunnelSection },
  { path: "storage", name: "Storage", Section: StorageSection },
] as const;

export default function SettingsPlace() {
  return (
    <Routes>
      <Route element={<SectionFrame />}>
        <Route index element={<Navigate to="agents" replace />} />
        <Route path="agents/new" element={<AgentPage />} />
        <Route path="agents/:agent" element={<AgentPage />} />
        {SECTIONS.map(({ path, name, Section }) => (
          <Route
            key={path}
            path={path}
            element={
              <>
                <SectionTitle name={name} />
                <Section />
              </>
            }
          />
        ))}
      </Route>
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}

function SectionFrame() {
  return (
    <>
      <PageTitle title="Settings" hasTabBelow />
      <Sections />
      <Box maw={1000} mt="md">
        <Outlet />
      </Box>
    </>
  );
}

function Sections() {
  const { pathname } = useLocation();
  return (
    <nav aria-label="Sections of the settings">
      <Group gap={4}>
        {SECTIONS.map(({ path, name }) => {
          const to = `/ui/settings/${path}`;
          const isHere = pathname === to || pathname.startsWith(`${to}/`);
          return (
            <Button
              key={path}
              component={Link}
              to={to}
              size="compact-md"
              variant={isHere ? "filled" : "subtle"}
              aria-current={isHere ? "page" : undefined}
            >
              {name}
            </Button>
          );
        })}
      </Group>
    </nav>
  );
}
