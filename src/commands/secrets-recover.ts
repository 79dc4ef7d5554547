// osaurus secrets recover: opens what is encrypted with the recovery key, and protects the keys anew on this computer.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { readRecoveryKey, withVault } from "./with-vault.ts";

export const secretsRecover: Command = {
  usage: "",
  about:
    "Opens what is encrypted when the keychain or the key file is lost. The recovery key is read from standard input, or asked for; it stays valid.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const recoveryKey = await readRecoveryKey(input);
    const by = await withVault(input, async (vault) => await vault.recover(recoveryKey));
    if (settings.json) await showRows(input, settings, [rowOf({ protected_by: by })], { single: true });
    else notify(input.io, settings, "success", `everything can be opened again; ${PROTECTIONS[by]}`);
    return EXIT.done;
  },
};

const PROTECTIONS = {
  keychain: "the keychain protects the keys",
  key_file: "the file Secrets/key-file in the data folder protects the keys",
} as const;
