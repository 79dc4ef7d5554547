// osaurus providers remove: forgets a model provider and the key that was kept for it.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { providerRow } from "./providers-list.ts";
import { oneLine } from "./setting-notes.ts";
import { showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const providersRemove: Command = {
  usage: "NAME",
  about: "Forgets a model provider and the API key that was kept for it.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const { io, flags } = input;
    const [name] = input.positionals as [string];
    const settings = await input.settings();
    const { gone, next } = await withHost(io, flags, async (host) => {
      const models = await host.models();
      const gone = await models.removeProvider(name);
      return { gone, next: (await models.providers())[0] };
    });
    if (settings.json) await showRows(input, settings, [providerRow(gone)], { single: true });
    else {
      const now = gone.isDefault && next !== undefined ? `; the default is "${next.name}" now` : "";
      notify(io, settings, "success", oneLine(`"${gone.name}" is removed${now}`));
    }
    return EXIT.done;
  },
};
