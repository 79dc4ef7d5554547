// Loads a plugin once more that did not load, or leads to the consent that it waits for.

import { Button } from "@mantine/core";
import { Link } from "react-router";
import { useChange } from "../api/use-change.ts";
import { plainText } from "../parts/plain-text.ts";
import { INSTALL_ADDRESS, type ReviewWish } from "./install/review-wish.ts";
import type { PluginRow } from "./plugin-state.tsx";

export function RetryButton({ plugin }: { readonly plugin: PluginRow }) {
  const retry = useChange("POST /plugins/{plugin}/retry", {
    changes: ["plugins", "tools"],
    done: ({ plugin_id }) => `${plainText(plugin_id)} is loaded`,
  });
  if (plugin.state === "loaded") return null;
  if (plugin.state === "consent_required") {
    return (
      <Button
        component={Link}
        to={INSTALL_ADDRESS}
        state={{ review: plugin.plugin_id } satisfies ReviewWish}
        size="xs"
        variant="default"
      >
        Review what it asks for
      </Button>
    );
  }
  return (
    <Button
      size="xs"
      loading={retry.isPending}
      title={`Retry ${plainText(plugin.plugin_id)}`}
      onClick={() => retry.mutate({ params: { plugin: plugin.plugin_id } })}
    >
      Retry
    </Button>
  );
}
