// Changes what is set for an interactive shell alone. It is gone with the shell, and is written nowhere.

import { isDeepStrictEqual } from "node:util";
import { type CheckedEdit, type ConfigEdit, checkedEdit } from "../config/check-edit.ts";
import type { ConfigValue } from "../config/config.ts";
import { keyId } from "../config/key-names.ts";
import type { ConfigOverride } from "../config/load-config.ts";
import type { Session } from "./session.ts";

interface SessionChange {
  readonly edits: readonly ConfigEdit[];
  readonly dryRun: boolean;
  readonly themeFolders: readonly string[];
}

interface SessionChanged {
  /** There is no file. */
  readonly path: null;
  readonly changed: boolean;
  /** For each edit what was set before it. */
  readonly previous: readonly (ConfigValue | undefined)[];
}

/** Makes all edits, or none. Throws `config_key_unknown` and `config_value_invalid` for what the schema refuses. */
export function changeSession(session: Session, { edits, dryRun, themeFolders }: SessionChange): SessionChanged {
  let overrides = session.overrides;
  const previous: (ConfigValue | undefined)[] = [];
  const checked = edits.map((one) => checkedEdit(one, { isSecret: false, themeFolders }));
  for (const edit of checked) {
    const { key, value, scope } = edit;
    previous.push(overrides.findLast((one) => isOf(one, edit))?.value);
    overrides = overrides.filter((one) => !isOf(one, edit));
    if (value !== undefined) overrides = [...overrides, { key, value, scope, origin: "config set" }];
  }
  const changed = checked.some(({ value }, index) => !isDeepStrictEqual(value, previous[index]));
  if (!dryRun) session.overrides = overrides;
  return { path: null, changed, previous };
}

function isOf({ key, scope }: ConfigOverride, edit: CheckedEdit): boolean {
  const isOfScope =
    (scope?.profile ?? null) === edit.scope.profile && (scope?.terminal ?? null) === edit.scope.terminal;
  return keyId(key) === edit.key && isOfScope;
}
