// `osp theme show`: the colours of one theme.

import { nearest } from "../base/nearest.ts";
import { configList, configText } from "../config/config.ts";
import { BUILT_IN_THEMES, DEFAULT_THEME, ownThemes, themeFile, themeId } from "../config/theme-names.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { findTheme } from "./theme-choice.ts";
import type { FoundTheme } from "./theme-file.ts";
import { themeFacts } from "./theme-list.ts";

export const themeShow: Command = {
  usage: "[NAME]",
  about: "Shows the colours of a theme; without NAME, of the active one.",
  positionals: { min: 0, max: 1 },
  async run(input) {
    const settings = await input.settings();
    const { config } = settings;
    const folders = configList(config, "theme.path");
    const theme = await knownTheme(input.positionals[0] ?? configText(config, "theme.name") ?? DEFAULT_THEME, folders);
    const path = themeFile(theme.id, folders);
    const row = rowOf({
      id: theme.id,
      name: theme.name,
      source: path === undefined ? "built-in" : "file",
      origin: path ?? null,
      ...themeFacts(config, theme.id),
      base: theme.base ?? null,
      palette: new Map(Object.entries(theme.palette)),
      overrides: new Map(Object.entries(theme.overrides)),
    });
    await showRows(input, settings, [row], { single: true });
    return EXIT.done;
  },
};

/** The theme of a name. Throws `config_value_invalid` when there is none, and what is wrong with its file. */
export async function knownTheme(name: string, folders: readonly string[]): Promise<FoundTheme> {
  const found = await findTheme(name, folders);
  if (found !== undefined) return found;
  const known = [...new Set([...BUILT_IN_THEMES, ...ownThemes(folders)])];
  const close = nearest(themeId(name), known);
  throw new HostError("config_value_invalid", `there is no theme ${JSON.stringify(name)}`, {
    hint: close === undefined ? `there are ${known.join(", ")}` : `did you mean "${close}"?`,
  });
}
