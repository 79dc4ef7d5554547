// osaurus providers test: whether a model provider does what it is there for.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const providersTest: Command = {
  usage: "NAME",
  about:
    "Asks a model provider for its models, its default model for one word, and its embedding model for one vector.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const { io, flags } = input;
    const [name] = input.positionals as [string];
    const settings = await input.settings();
    const test = await withHost(io, flags, async (host) => (await host.models()).testProvider(name, io.signal));
    const checks = test.checks.map(({ check, ok, detail }) => rowOf({ check, ok, detail }));
    if (settings.json) {
      const row = rowOf({ name: test.name, ok: test.ok, models: [...test.models], checks });
      await showRows(input, settings, [row], { single: true });
    } else {
      await showRows(input, settings, checks, { columns: ["check", "ok", "detail"] });
      const text = test.ok ? `"${test.name}" works` : `"${test.name}" does not work`;
      notify(io, settings, test.ok ? "success" : "warning", oneLine(text));
    }
    return test.ok ? EXIT.done : EXIT.plugin;
  },
};
