// Loads a plugin once more that did not load, or leads to the consent that it waits for.

import { Button } from "@mantine/core";
import { Link } from "react-router";
import { useChange } from "../api/use-change.ts";
import { plainText } from "../parts/plain-text.ts";
import type { PluginRow } from "./plugin-state.tsx";

export function RetryButton({ plugin }: { readonly plugin: PluginRow }) {
  const retry = useChange("POST /plugins/{plugin}/retry", {
    changes: ["plugins", "tools"],
    done: ({ plugin_id }) => `${plainText(plugin_id)} is loaded`,
  });
  if (plugin.state === "loaded") return null;
  if (plugin.state === "consent_required") {
    const address = `/ui/plugins/install?spec=${encodeURIComponent(plugin.plugin_id)}`;
    return (
      <Button component={Link} to={address} size="xs" variant="default">
        Review what it asks for
      </Button>
    );
  }
  return (
    <Button
      size="xs"
      loading={retry.isPending}
      aria-label={`Retry ${plainText(plugin.plugin_id)}`}
      onClick={() => retry.mutate({ params: { plugin: plugin.plugin_id } })}
    >
      Retry
    </Button>
  );
}
