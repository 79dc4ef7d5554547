// `osp alias list`: the words that stand for lines of the user's own.

import type { Config } from "../config/config.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import type { Command } from "./command.ts";
import { shownValue } from "./config-value.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const ALIAS_PREFIX = "alias.";

export const aliasList: Command = {
  usage: "[--sources]",
  about: "Lists the aliases of the active profile, and the lines that they stand for.",
  positionals: { min: 0, max: 0 },
  options: { sources: { type: "boolean", about: "also show where each comes from" } },
  async run(input) {
    const settings = await input.settings();
    const withSources = input.options["sources"] === true;
    const rows = aliasNames(settings.config).map((name) => rowFor(settings, name, withSources));
    await showRows(input, settings, rows, { empty: 'there are no aliases; "osp alias add NAME TEMPLATE" makes one' });
    return EXIT.done;
  },
};

/** The names of all aliases, sorted. */
export function aliasNames(config: Config): readonly string[] {
  return config.keys(ALIAS_PREFIX).map((key) => key.slice(ALIAS_PREFIX.length).toLowerCase());
}

function rowFor({ config, json }: Settings, name: string, withSources: boolean): Row {
  const entry = config.find(`${ALIAS_PREFIX}${name}`)!;
  const { source, origin, scope } = entry;
  const template = shownValue(entry);
  const where = { source, origin, scope_profile: scope.profile, scope_terminal: scope.terminal };
  return rowOf({
    name,
    template: json || typeof template !== "string" ? template : showHidden(template),
    ...(withSources ? where : {}),
  });
}
