// `osp config show` and `osp config get`: the values that count for the active profile.

import type { Config, ResolvedEntry } from "../config/config.ts";
import { keyId } from "../config/key-names.ts";
import { nearKeys } from "../config/near-keys.ts";
import { schemaKeys } from "../config/schema.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import type { Command, CommandInput } from "./command.ts";
import { shownValue } from "./config-value.ts";
import { rowOf, showRows } from "./show-rows.ts";

const OPTIONS = {
  sources: { type: "boolean", about: "also show where each value comes from" },
  raw: { type: "boolean", about: "show values as they were written, before placeholders are filled in" },
} as const;

export const configShow: Command = {
  usage: "[--sources] [--raw]",
  about: "Shows every value that counts for the active profile.",
  positionals: { min: 0, max: 0 },
  options: OPTIONS,
  async run(input) {
    const settings = await input.settings();
    const { config } = settings;
    const keys = config.keys().filter((key) => !key.startsWith("alias."));
    await showRows(
      input,
      settings,
      keys.map((key) => rowFor(config.find(key)!, input)),
    );
    return EXIT.done;
  },
};

export const configGet: Command = {
  usage: "KEY [--sources] [--raw]",
  about: "Shows the value of one key.",
  positionals: { min: 1, max: 1 },
  options: OPTIONS,
  async run(input) {
    const settings = await input.settings();
    const entry = requireEntry(settings.config, input.positionals[0]!);
    await showRows(input, settings, [rowFor(entry, input)], { few: true });
    return EXIT.done;
  },
};

/** The entry of a key. Throws `config_key_unknown`, with the keys that may have been meant. */
export function requireEntry(config: Config, typed: string): ResolvedEntry {
  const key = typed.trim().toLowerCase();
  const entry = config.find(key);
  if (entry !== undefined) return entry;
  const isKnown = schemaKeys().includes(key);
  const close = nearKeys(config, key);
  throw new HostError("config_key_unknown", isKnown ? `"${key}" has no value` : `there is no key "${typed}"`, {
    hint: isKnown
      ? `set one: osp config set ${key} VALUE`
      : close.length > 0
        ? `did you mean ${close.join(", ")}?`
        : 'run "osp config show" to see all keys',
    details: { key },
  });
}

function rowFor(entry: ResolvedEntry, { options }: Pick<CommandInput, "options">): Row {
  const { key, source, origin, scope } = entry;
  const value = shownValue(entry, { raw: options["raw"] === true });
  const where = { source, origin, scope_profile: scope.profile, scope_terminal: scope.terminal };
  return rowOf({ key: keyId(key), value, ...(options["sources"] === true ? where : {}) });
}
