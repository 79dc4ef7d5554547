// osaurus secrets rekey: encrypts everything with a new key, and prints a new recovery key.

import { JsonNumber } from "../base/ordered-json.ts";
import type { LeftDatabase } from "../host/secrets-vault-host.ts";
import { EXIT } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withVault } from "./with-vault.ts";

export const secretsRekey: Command = {
  usage: "",
  about:
    "Encrypts settings, secrets and databases of plugins with a new key, and prints a new recovery key. Databases that another host has open follow when they are opened next.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const done = await withVault(input, async (vault) => await vault.rekey());
    for (const path of done.damaged) {
      notify(
        io,
        settings,
        "warning",
        oneLine(`a stored setting could not be read, and lies at ${path} now; set it again`),
      );
    }
    if (settings.json) {
      const row = rowOf({
        key_id: done.keyId,
        settings: new JsonNumber(String(done.settings)),
        databases: new JsonNumber(String(done.databases)),
        waiting: done.waiting.map(leftRow),
        older_keys: new JsonNumber(String(done.olderKeys)),
      });
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    const what = `${done.settings} settings and secrets, ${done.databases} databases`;
    notify(io, settings, "success", `everything is encrypted with a new key: ${what}`);
    for (const left of done.waiting) {
      notify(io, settings, "warning", `${leftLine(left)}; it is encrypted anew when its plugin opens it next`);
    }
    return EXIT.done;
  },
};

export function leftRow({ placeId, reason }: LeftDatabase) {
  return rowOf({ plugin_id: placeId, code: reason.code, message: reason.message });
}

export function leftLine({ placeId, reason }: LeftDatabase): string {
  return oneLine(`the database of "${placeId}" was left as it is: ${reason.message}`);
}

export function oneLine(text: string): string {
  return neutralise(text).replaceAll(/\s+/g, " ");
}
