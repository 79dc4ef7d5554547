// Changes secrets where `secrets.backend` says that they are: in a private file, or in the keyring.

import { type ConfigEdit, checkedEdit } from "./check-edit.ts";
import { type Config, type ConfigValue, configText } from "./config.ts";
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
  const { secrets, index } = config.files;
  if (configText(config, "secrets.backend") !== "keyring") {
    return await changeConfig({ path: secrets, isSecret: true, edits, dryRun });
  }
  const checked = edits.map((edit) => checkedEdit(edit, { isSecret: true }));
  const store = keyring ?? (await openKeyring());
  const previous: (ConfigValue | undefined)[] = [];
  let changed = false;
  for (const { scope, key, value } of checked) {
    const place = { ...scope, key };
    const old = await store.get(keyringAccount(place));
    const text = value === undefined ? undefined : valueText(value);
    previous.push(old);
    changed ||= old !== text;
    if (dryRun) continue;
    // Also when nothing changes: the index may have lost what the keyring has, or have what that lost.
    if (text === undefined) await deleteFromKeyring(index, store, place);
    else await setInKeyring(index, store, place, text);
  }
  return { path: index, changed, previous };
}
