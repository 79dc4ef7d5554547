// How a plugin fares, in a word and a colour, and what else people should know of it.

import { Badge, Group } from "@mantine/core";
import type { Answer } from "../api/ask.ts";

export type PluginRow = Answer<"GET /plugins">["plugins"][number];

const STATES: Readonly<Record<PluginRow["state"], { readonly word: string; readonly color: string }>> = {
  loaded: { word: "Loaded", color: "green" },
  failed: { word: "Failed", color: "red" },
  quarantined: { word: "Quarantined", color: "red" },
  consent_required: { word: "Consent needed", color: "orange" },
};

export function PluginState({ plugin }: { readonly plugin: PluginRow }) {
  const { word, color } = STATES[plugin.state];
  return (
    <Group gap={4}>
      <Badge color={color} variant="dot">
        {word}
      </Badge>
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
