// `osp theme list`: the built-in themes, and those of the user's own.

import { type Config, configList, configText } from "../config/config.ts";
import { BUILT_IN_THEMES, DEFAULT_THEME, ownThemes, themeFile, themeId } from "../config/theme-names.ts";
import { EXIT, toHostError } from "../protocol/errors.ts";
import type { Row } from "../terminal/rows.ts";
import { BUILT_IN } from "../terminal/themes/built-in-themes.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { findTheme } from "./theme-choice.ts";

export const themeList: Command = {
  usage: "",
  about: "Lists the themes, and says which is active and which files cannot be used.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const rows = await Promise.all(themeIds(settings.config).map((id) => themeRow(settings.config, id)));
    for (const row of rows) {
      const issue = row.get("issue");
      if (typeof issue === "string") notify(input.io, settings, "warning", issue);
    }
    await showRows(input, settings, rows, { columns: ["name", "source", "status"] });
    return EXIT.done;
  },
};

/** The built-in ones in their order, then the others. */
function themeIds(config: Config): readonly string[] {
  const own = ownThemes(configList(config, "theme.path"));
  return [...BUILT_IN_THEMES, ...own.filter((id) => !BUILT_IN_THEMES.includes(id))];
}

async function themeRow(config: Config, id: string): Promise<Row> {
  const folders = configList(config, "theme.path");
  const path = themeFile(id, folders);
  const found = await findTheme(id, folders).catch((error) => toHostError(error).message);
  const facts = themeFacts(config, id);
  const isBroken = typeof found === "string";
  const status = isBroken ? "broken" : facts.active ? "active" : facts.default ? "default" : "available";
  return rowOf({
    id,
    name: typeof found === "object" ? found.name : (BUILT_IN[id]?.name ?? id),
    source: path === undefined ? "built-in" : "file",
    origin: path ?? null,
    ...facts,
    status,
    issue: isBroken ? found : undefined,
  });
}

/** Whether a theme is the one in use, and whether it is the one that is used when nobody chose. */
export function themeFacts(config: Config, id: string): { readonly active: boolean; readonly default: boolean } {
  return { active: id === themeId(configText(config, "theme.name") ?? DEFAULT_THEME), default: id === DEFAULT_THEME };
}
