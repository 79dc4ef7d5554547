// Changes the configuration's files. Several processes may do so at once: each reads, changes and replaces the file while
// it holds a lock, so that none undoes what another did.

import { replaceFile } from "../base/replace-file.ts";
import { changeLocked, fileBusy } from "./change-locked.ts";
import { type CheckedEdit, type ConfigEdit, checkedEdit } from "./check-edit.ts";
import type { ConfigValue } from "./config.ts";
import { readConfigText } from "./config-files.ts";
import { findTomlValue, removeTomlValue, setTomlValue, type TomlTools, tomlTools } from "./edit-toml.ts";
import { dateText } from "./toml-document.ts";

export interface ChangeInput {
  /** The file: `config.files.config`, or `config.files.secrets` with `isSecret`. */
  readonly path: string;
  readonly isSecret: boolean;
  readonly edits: readonly ConfigEdit[];
  /** Says what would change and changes nothing. */
  readonly dryRun: boolean;
  /** Where themes of the user's own are looked for; needed to set `theme.name` to one of them. */
  readonly themeFolders?: readonly string[] | undefined;
}

export interface ChangeResult {
  readonly path: string;
  /** Whether the file's text is another one now, or would be. */
  readonly changed: boolean;
  /** For each edit what the file had before it; undefined when it had nothing. */
  readonly previous: readonly (ConfigValue | undefined)[];
}

/**
 * Makes all edits in one step, or none. Throws `config_key_unknown` and `config_value_invalid` for edits that the schema
 * refuses, `config_invalid` for a file that is not TOML, `config_insecure` for secrets that others may read, `config_busy`
 * when another process keeps the file locked, `config_unwritable` when it cannot be written.
 */
export async function changeConfig(input: ChangeInput): Promise<ChangeResult> {
  const { path, isSecret, dryRun } = input;
  const edits = input.edits.map((edit) => checkedEdit(edit, input));
  const tools = await tomlTools();
  const work = (isStillOurs = () => true): ChangeResult => {
    const before = readConfigText(path, { mustBePrivate: isSecret }) ?? "";
    const { text, previous } = applyEdits(tools, before, edits, path);
    const changed = text !== before;
    if (changed && !dryRun) {
      if (!isStillOurs()) throw fileBusy(path);
      replaceFile(path, text, { mode: 0o600, flush: true });
    }
    return { path, changed, previous };
  };
  return dryRun ? work() : await changeLocked(path, work);
}

function applyEdits(tools: TomlTools, before: string, edits: readonly CheckedEdit[], path: string) {
  let text = before;
  const previous: (ConfigValue | undefined)[] = [];
  for (const { key, scope, value } of edits) {
    const place = { key, section: sectionOf(scope) };
    const found = findTomlValue(tools, text, place, path);
    previous.push(found instanceof Date ? dateText(found) : (found as ConfigValue | undefined));
    text =
      value === undefined ? removeTomlValue(tools, text, place, path) : setTomlValue(tools, text, place, value, path);
  }
  return { text, previous };
}

function sectionOf({ profile, terminal }: CheckedEdit["scope"]): readonly string[] {
  const section = [
    ...(terminal === null ? [] : ["terminal", terminal]),
    ...(profile === null ? [] : ["profile", profile]),
  ];
  return section.length === 0 ? ["default"] : section;
}
