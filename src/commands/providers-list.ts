// osaurus providers list: where models come from, and which servers on this machine could be added.

import { shellWord } from "../base/shell-word.ts";
import type { LocalServer, ModelProviderEntry } from "../host/models-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import type { Command, CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import { oneLine } from "./setting-notes.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

const MODELS_SHOWN_MAX = 3;

export const providersList: Command = {
  usage: "",
  about: "Lists the model providers, and looks for servers on this machine that are not among them.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const { providers, local } = await withHost(io, flags, async (host) => {
      const models = await host.models();
      const [providers, local] = await Promise.all([models.providers(), models.localServers(io.signal)]);
      return { providers, local };
    });
    await showRows(input, settings, providers.map(providerRow), {
      columns: ["name", "base_url", "script", "model", "embedding_model", "api_key", "default"],
      empty: "no model provider is configured",
    });
    for (const server of local) offer(input, settings, server);
    return EXIT.done;
  },
};

export function providerRow(provider: ModelProviderEntry): Row {
  const { name, kind, baseUrl, script, apiKeyEnv, hasKey, model, embeddingModel, createdAt, isDefault } = provider;
  return rowOf({
    name,
    kind,
    base_url: baseUrl,
    ...(script === null ? {} : { script }),
    model,
    embedding_model: embeddingModel,
    api_key: apiKeyEnv !== null ? `variable ${apiKeyEnv}` : hasKey ? "kept" : "none",
    default: isDefault,
    created_at: createdAt,
  });
}

/** Only a person wants to know: it goes to stderr. */
function offer({ io }: CommandInput, settings: Settings, { name, baseUrl, models }: LocalServer): void {
  const shown = models.slice(0, MODELS_SHOWN_MAX).join(", ");
  const more = models.length > MODELS_SHOWN_MAX ? `, and ${models.length - MODELS_SHOWN_MAX} more` : "";
  const has = models.length === 0 ? "without models" : `with ${shown}${more}`;
  const command = `osaurus providers add ${shellWord(name)} --base-url ${shellWord(baseUrl)}`;
  notify(io, settings, "info", oneLine(`a server of models runs at ${baseUrl}, ${has}: "${command}" adds it`));
}
