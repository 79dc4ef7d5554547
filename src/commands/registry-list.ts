// `osaurus registry list`: where plugins come from, and whether that can be read.

import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { errorMember } from "./registry-failures.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const registryList: Command = {
  usage: "",
  about: "Lists the registries that plugins come from, in the order in which they are asked.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const note = (text: string) => notify(io, settings, "warning", text);
    const registries = await withHost(io, flags, async (host) => (await host.registries(note)).list());
    const rows = registries.map(({ name, location, kind, entries, broken, error }) =>
      rowOf({
        name,
        location,
        kind,
        entries: entries === undefined ? undefined : new JsonNumber(String(entries)),
        broken: broken === 0 ? undefined : new JsonNumber(String(broken)),
        error: errorMember(error),
      }),
    );
    const empty = 'there are no registries; "osaurus registry add URL|DIR" adds one';
    const more = registries.some(({ broken }) => broken > 0) ? ["broken"] : [];
    await showRows(input, settings, rows, { columns: ["name", "location", "kind", "entries", ...more], empty });
    if (!settings.json) for (const { error } of registries) if (error) note(error.message);
    return EXIT.done;
  },
};
