// The file that tells a project's Makefile where the program is that made the project, so that `make test` works wherever that
// is installed. It is for one computer: git ignores it.

import { shellWord } from "../base/shell-word.ts";

export const LOCAL_MAKE_FILE = "local.mk";

/** @param program the path of `osaurus`; absolute. */
export function localMake(program: string): string {
  const word = shellWord(program).replaceAll("$", "$$$$").replaceAll("#", "\\#");
  return `# Where osaurus is on this computer. "make test OSAURUS=/path/to/osaurus" takes another one.\nOSAURUS ?= ${word}\n`;
}
