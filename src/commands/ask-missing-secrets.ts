// Before a tool of a native plugin is called: whoever sits at the terminal is asked for the secrets that the plugin declares
// as required and that nobody has set. They are kept as "osaurus secrets set" keeps them; without a terminal nothing is asked,
// and the plugin says itself what it cannot do.

import type { Manifest } from "../protocol/manifest.ts";
import { agentOption } from "./agent-option.ts";
import type { CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import { agentText, oneLine } from "./setting-notes.ts";
import { withHost } from "./with-host.ts";

/** An empty answer leaves the secret unset. */
export async function askMissingSecrets(
  input: CommandInput,
  { plugin_id: pluginId, secrets }: Manifest,
): Promise<void> {
  const { io, flags } = input;
  const { promptHidden } = io;
  if (promptHidden === undefined || !io.stderr.isTerminal || !secrets?.some(({ required }) => required)) return;
  const agentId = await agentOption(input);
  await withHost(io, flags, async (host) => {
    const settings = await host.settings();
    const { rows } = await settings.list(pluginId, agentId);
    for (const { key, label = key } of rows.filter(({ kind, isMissing }) => kind === "secret" && isMissing)) {
      const name = label === key ? `"${key}"` : `"${key}" (${label})`;
      const value = await promptHidden(oneLine(`"${pluginId}" needs ${name}, not shown, empty to go on without: `));
      if (value === undefined || value === "") continue;
      await settings.set({ pluginId, agentId, key }, value);
      notify(
        io,
        await input.settings(),
        "success",
        oneLine(`"${key}" of "${pluginId}" is set for ${agentText(agentId)}`),
      );
    }
  });
}
