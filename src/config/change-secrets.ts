// Changes secrets where `secrets.backend` says that they are: in a private file, or in the keyring.

import { type ConfigEdit, checkedEdit } from "./check-edit.ts";
import { type Config, configText } from "./config.ts";
import { deleteFromKeyring, type KeyringStore, keyringAccount, openKeyring, setInKeyring } from "./keyring.ts";
import { valueText } from "./value-text.ts";
import { type ChangeResult, changeConfig } from "./write-config.ts";

export interface SecretsChange {
  readonly edits: readonly ConfigEdit[];
  readonly dryRun: boolean;
  /** For tests; the operating system's keyring when absent. */
  readonly keyring?: KeyringStore | undefined;
}

/** Makes the edits. Throws like `changeConfig`, and `keyring_failed`; what a keyring took before that stays in it. */
export async function changeSecrets(config: Config, { edits, dryRun, keyring }: SecretsChange): Promise<ChangeResult> {
  const { files } = config;
  if (configText(config, "secrets.backend") !== "keyring") {
    return await changeConfig({ path: files.secrets, isSecret: true, edits, dryRun });
  }
  const checked = edits.map((edit) => checkedEdit(edit, { isSecret: true }));
  const store = keyring ?? (await openKeyring());
  // Read before anything is written: a keyring that does not work is told while all is as it was.
  const previous = await Promise.all(checked.map(({ scope, key }) => store.get(keyringAccount({ ...scope, key }))));
  let changed = false;
  for (const [index, { scope, key, value }] of checked.entries()) {
    const place = { ...scope, key };
    const text = value === undefined ? undefined : valueText(value);
    changed ||= previous[index] !== text;
    if (dryRun) continue;
    // Also when nothing changes: the index may have lost what the keyring has, or have what that lost.
    if (text === undefined) await deleteFromKeyring(files.index, store, place);
    else await setInKeyring(files.index, store, place, text);
  }
  return { path: files.index, changed, previous };
}
