// Which themes there are: the built-in ones, and a file for each of the user's own.

import { statSync } from "node:fs";
import { join } from "node:path";

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

/** The id of the theme that a name stands for: lower case, and `-` for whatever is no letter or digit. */
function themeId(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
}

/** Whether a theme of this name is built in or lies as `<id>.toml` in one of the folders. */
export function isThemeKnown(name: string, folders: readonly string[]): boolean {
  const id = themeId(name);
  if (BUILT_IN_THEMES.includes(id)) return true;
  return id !== "" && folders.some((folder) => isFile(join(folder, `${id}.toml`)));
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}
