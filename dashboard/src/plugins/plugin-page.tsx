// The page of one native plugin: how it fares, and a tab for each thing that is known of it.

import { Alert, Code, Group, Stack, Tabs, Text } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useNavigate, useParams } from "react-router";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { LongText } from "../parts/long-text.tsx";
import { Markdown } from "../parts/markdown.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { plainText } from "../parts/plain-text.ts";
import { shortName } from "../parts/short-name.ts";
import { LogTab } from "./log-tab.tsx";
import { OverviewTab } from "./overview-tab.tsx";
import { pluginAddress } from "./plugin-list.tsx";
import { PluginState } from "./plugin-state.tsx";
import { RetryButton } from "./retry-button.tsx";
import { RoutesTab } from "./routes-tab.tsx";
import { SettingsTab } from "./settings-tab.tsx";
import { ToolList } from "./tool-list.tsx";
import { VersionsTab } from "./versions-tab.tsx";
import { WebApp } from "./web-app.tsx";

export type PluginDetails = Answer<"GET /plugins/{plugin}/details">;

interface Tab {
  /** In the address. */
  readonly id: string;
  readonly name: string;
  /** Nothing when the plugin has nothing of the kind. */
  show(details: PluginDetails): ReactNode | undefined;
}

const TABS: readonly Tab[] = [
  { id: "overview", name: "Overview", show: (details) => <OverviewTab details={details} /> },
  {
    id: "changelog",
    name: "Changelog",
    show: ({ changelog }) => (changelog === null ? undefined : <Markdown text={changelog.text} />),
  },
  {
    id: "tools",
    name: "Tools",
    show: ({ tools, plugin, agent }) =>
      tools.length === 0 ? undefined : <ToolList owner={plugin.plugin_id} tools={tools} agent={agent} />,
  },
  {
    id: "routes",
    name: "Routes",
    show: (details) =>
      details.routes.length === 0 && details.web === null ? undefined : <RoutesTab details={details} />,
  },
  {
    id: "settings",
    name: "Settings",
    show: ({ has_settings, plugin }) => (has_settings ? <SettingsTab pluginId={plugin.plugin_id} /> : undefined),
  },
  { id: "logs", name: "Logs", show: ({ plugin }) => <LogTab key="logs" pluginId={plugin.plugin_id} kind="all" /> },
  {
    id: "crashes",
    name: "Crashes",
    show: ({ plugin }) => <LogTab key="crashes" pluginId={plugin.plugin_id} kind="crashes" />,
  },
  { id: "versions", name: "Versions", show: (details) => <VersionsTab details={details} /> },
];

export default function PluginPage() {
  const { plugin = "", tab = "overview" } = useParams();
  const answer = useAnswer("GET /plugins/{plugin}/details", { params: { plugin } });
  const { data } = answer;
  return (
    <>
      <PageTitle title={shortName(data?.plugin.name ?? plugin)}>
        {data?.plugin.state === "loaded" && data.web !== null && <WebApp pluginId={plugin} />}
      </PageTitle>
      <Answered answer={answer} way={{ to: "/ui/plugins", text: "Back to the list" }}>
        {(details) => (
          <>
            <Header details={details} />
            <DetailTabs details={details} chosen={tab} />
          </>
        )}
      </Answered>
    </>
  );
}

function Header({ details: { plugin, quarantine } }: { readonly details: PluginDetails }) {
  const { plugin_id, version, description, error } = plugin;
  return (
    <Stack gap="xs" mb="md">
      <Group gap="xs">
        <PluginState plugin={plugin} />
        <Text size="sm" className="plugin-text">
          {plainText(version)}
        </Text>
        <Code className="plugin-text">{plainText(plugin_id)}</Code>
      </Group>
      {description !== undefined && <LongText text={description} />}
      {error !== undefined && (
        <Alert color="red" variant="outline" icon={<CircleAlert aria-hidden />} title="This plugin does not work now">
          <Stack gap="xs" align="flex-start">
            <Text size="sm" className="plugin-text">
              {plainText(error.message)}
            </Text>
            {quarantine !== null && quarantine.reason !== null && !error.message.includes(quarantine.reason) && (
              <Text size="sm" className="plugin-text">
                {plainText(quarantine.reason)}
              </Text>
            )}
            {error.hint !== undefined && (
              <Text size="sm" className="plugin-text">
                {plainText(error.hint)}
              </Text>
            )}
            <RetryButton plugin={plugin} />
          </Stack>
        </Alert>
      )}
    </Stack>
  );
}

function DetailTabs({ details, chosen }: { readonly details: PluginDetails; readonly chosen: string }) {
  const navigate = useNavigate();
  const shown = TABS.flatMap(({ id, name, show }) => {
    const content = show(details);
    return content === undefined ? [] : [{ id, name, content }];
  });
  const open = shown.find(({ id }) => id === chosen) ?? shown[0]!;
  return (
    <Tabs
      value={open.id}
      onChange={(id) => void navigate(`${pluginAddress(details.plugin.plugin_id)}/${id ?? ""}`, { replace: true })}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        {shown.map(({ id, name }) => (
          <Tabs.Tab key={id} value={id}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map(({ id, content }) => (
        <Tabs.Panel key={id} value={id}>
          {content}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
