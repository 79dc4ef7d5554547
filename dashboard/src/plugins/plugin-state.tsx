// How a plugin fares, in a word and a colour, and what else people should know of it.

import { Badge, Group } from "@mantine/core";
import type { Answer } from "../api/ask.ts";
import { StatusBadge, type StatusTone } from "../parts/status-badge.tsx";

export type PluginRow = Answer<"GET /plugins">["plugins"][number];

const STATES: Readonly<Record<PluginRow["state"], { readonly word: string; readonly tone: StatusTone }>> = {
  loaded: { word: "Loaded", tone: "good" },
  failed: { word: "Failed", tone: "bad" },
  quarantined: { word: "Quarantined", tone: "bad" },
  consent_required: { word: "Consent needed", tone: "waiting" },
};

export function PluginState({ plugin }: { readonly plugin: PluginRow }) {
  const { word, tone } = STATES[plugin.state];
  return (
    <Group gap={4}>
      <StatusBadge tone={tone}>{word}</StatusBadge>
      {plugin.unsigned && plugin.dev !== true && (
        <Badge color="gray" variant="default" title="No signature vouches for it">
          Unsigned
        </Badge>
      )}
      {plugin.dev === true && (
        <Badge color="gray" variant="default" title="Its author's own build, which tools dev put there">
          Dev build
        </Badge>
      )}
    </Group>
  );
}
