// osaurus models: the models of all providers that answer.

import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const models: Command = {
  usage: "",
  about: "Lists the models of all model providers that answer.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const { list, defaults, providers } = await withHost(io, flags, async (host) => {
      const service = await host.models();
      const list = await service.list(io.signal);
      return { list, defaults: await service.defaults(), providers: await service.providers() };
    });
    const isDefault = (id: string, provider: string) =>
      [defaults.chat, defaults.embedding].some(
        (one) => one?.provider === provider && (one.model === id || `${provider}/${one.model}` === id),
      );
    const number = (count: number | undefined) => (count === undefined ? undefined : new JsonNumber(String(count)));
    const rows = list.map((model) =>
      rowOf({
        id: model.id,
        name: model.name,
        provider: model.provider,
        type: model.type,
        capabilities: [...model.capabilities],
        context_window: number(model.contextWindow),
        dimensions: number(model.dimensions),
        default: isDefault(model.id, model.provider),
      }),
    );
    const silent = providers.filter(({ name }) => !list.some(({ provider }) => provider === name));
    await showRows(input, settings, rows, {
      columns: ["id", "name", "provider", "type", "context_window", "default"],
      empty:
        providers.length === 0 ? 'no model provider is configured: "osaurus providers add"' : "there are no models",
    });
    for (const { name } of silent) {
      notify(
        io,
        settings,
        "warning",
        oneLine(`"${name}" gave no list of models: "osaurus providers test ${name}" tries it`),
      );
    }
    return EXIT.done;
  },
};
