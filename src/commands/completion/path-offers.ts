// Files and folders for a word that names one, as far as it was typed.

import { type Dirent, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { COMPLETION_PATHS_MAX } from "../../protocol/limits.ts";
import type { Offer } from "./offer.ts";

export interface PathsInput {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Nothing behind the line turns `~` into a folder: the folder itself is offered in its place. */
  readonly expandsHome: boolean;
}

/**
 * What lies in the folder that was typed. Folders end in a slash, and hidden files are offered once a dot was typed. A name
 * that begins with a dash gets `./` in front, so that nobody takes it for a flag.
 */
export function pathOffers(typed: string, { cwd, env, expandsHome }: PathsInput): Offer[] {
  const slash = typed.lastIndexOf("/") + 1;
  const isHome = typed.startsWith("~/");
  const home = env["HOME"]?.startsWith("/") ? env["HOME"] : homedir();
  const folder = isHome
    ? resolve(home, typed.slice(2, Math.max(slash, 2)))
    : resolve(cwd, typed.slice(0, slash) || ".");
  const shown = isHome && expandsHome ? `${folder === "/" ? "" : folder}/` : typed.slice(0, slash);
  const begun = typed.slice(slash);
  return namesIn(folder, begun).map(({ name, isFolder }): Offer => {
    const front = shown === "" && /^[-~]/.test(name) ? "./" : shown;
    const value = `${front}${name}${isFolder ? "/" : ""}`;
    return { value, display: `${name}${isFolder ? "/" : ""}`, ...(isFolder ? { isOpen: true } : {}) };
  });
}

/** Of a very full folder, those that begin with what was typed go first. Nothing for what is no folder, or may not be read. */
function namesIn(folder: string, begun: string): { name: string; isFolder: boolean }[] {
  const isShown = ({ name }: Dirent) => begun.startsWith(".") || !name.startsWith(".");
  const begins = ({ name }: Dirent) => Number(name.startsWith(begun));
  try {
    const all = readdirSync(folder, { withFileTypes: true }).filter(isShown);
    const some = all.length <= COMPLETION_PATHS_MAX ? all : all.sort((a, b) => begins(b) - begins(a));
    return some.slice(0, COMPLETION_PATHS_MAX).map((entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory() || (entry.isSymbolicLink() && isFolder(`${folder}/${entry.name}`)),
    }));
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
