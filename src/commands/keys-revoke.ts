// osaurus keys revoke: makes an access key worthless.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const keysRevoke: Command = {
  usage: "KEY",
  about: "Makes an access key worthless, by its id or its name. Hosts that run refuse it at once.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const [named] = input.positionals as [string];
    const settings = await input.settings();
    const { id, name, revokedAt, wasRevoked } = await withHost(input.io, input.flags, async (host) =>
      (await host.accessKeys()).revoke(named),
    );
    if (settings.json) await showRows(input, settings, [rowOf({ id, name, revoked_at: revokedAt })], { single: true });
    else if (wasRevoked) notify(input.io, settings, "info", oneLine(`access key "${name}" is revoked already`));
    else notify(input.io, settings, "success", oneLine(`access key "${name}" is revoked`));
    return EXIT.done;
  },
};
