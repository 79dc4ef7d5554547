// The theme that a line's output is coloured by. Loaded only where there may be colours.

import { type Config, configList, configText } from "../config/config.ts";
import { DEFAULT_THEME, themeFile, themeId } from "../config/theme-names.ts";
import { toHostError } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import { printLabelled } from "../terminal/labelled.ts";
import { BUILT_IN } from "../terminal/themes/built-in-themes.ts";
import { makeTheme } from "../terminal/themes/make-theme.ts";
import { screenColors } from "../terminal/themes/screen-colors.ts";
import type { Theme } from "../terminal/themes/theme.ts";
import type { FoundTheme } from "./theme-file.ts";

/**
 * The theme of `theme.name`, made for this terminal. A file with a mistake keeps nobody from working: it is said on
 * stderr, and the colours are those of the default theme.
 */
export async function chosenTheme(config: Config, { env, stderr }: Pick<CommandIo, "env" | "stderr">): Promise<Theme> {
  const name = configText(config, "theme.name") ?? DEFAULT_THEME;
  const found = await findTheme(name, configList(config, "theme.path")).catch((error) => {
    printLabelled(stderr, "warning", `the theme ${JSON.stringify(name)}: ${toHostError(error).message}`);
  });
  return makeTheme(found ?? builtIn(DEFAULT_THEME), screenColors(env));
}

/** The theme of a name, from a file or built in; undefined when there is none. Throws what `readThemeFile` throws. */
export async function findTheme(name: string, folders: readonly string[]): Promise<FoundTheme | undefined> {
  const id = themeId(name);
  const path = themeFile(id, folders);
  if (path !== undefined) return await (await import("./theme-file.ts")).readThemeFile(id, path);
  return Object.hasOwn(BUILT_IN, id) ? builtIn(id) : undefined;
}

function builtIn(id: string): FoundTheme {
  return { ...BUILT_IN[id]!, id, base: undefined, exact: new Set() };
}
