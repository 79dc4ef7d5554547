// Which themes there are: the built-in ones, and a file for each of the user's own.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { THEME_FILES_MAX } from "../protocol/limits.ts";

/** The ids of the themes that need no file. */
export const BUILT_IN_THEMES: readonly string[] = [
  "plain",
  "nord",
  "dracula",
  "gruvbox",
  "tokyonight",
  "molokai",
  "catppuccin",
  "rose-pine-moon",
];

export const DEFAULT_THEME = "rose-pine-moon";

const SUFFIX = ".toml";

/** The id of the theme that a name stands for: lower case, and `-` for whatever is no letter or digit. */
export function themeId(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
}

/** Whether a theme of this name is built in or lies as `<id>.toml` in one of the folders. */
export function isThemeKnown(name: string, folders: readonly string[]): boolean {
  const id = themeId(name);
  return BUILT_IN_THEMES.includes(id) || themeFile(id, folders) !== undefined;
}

/** The file of a theme, in the first folder that has one; it counts also where a built-in theme has that id. */
export function themeFile(id: string, folders: readonly string[]): string | undefined {
  if (!isId(id)) return undefined;
  return folders.map((folder) => join(folder, id + SUFFIX)).find(isFile);
}

/** The ids of all themes that have a file, sorted. A folder that cannot be read has none. */
export function ownThemes(folders: readonly string[]): readonly string[] {
  const ids = folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .slice(0, THEME_FILES_MAX)
      .map((name) => name.slice(0, -SUFFIX.length))
      .filter((id) => isId(id) && isFile(join(folder, id + SUFFIX))),
  );
  return [...new Set(ids)].sort();
}

function isId(id: string): boolean {
  return id !== "" && themeId(id) === id;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}
