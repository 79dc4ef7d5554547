// Long output on a terminal is shown page by page, by the program that the user chose for that.

import type { CommandIo } from "./io.ts";
import { withoutLinks } from "./links.ts";
import { terminalRows } from "./look.ts";
import { writeAll } from "./write-all.ts";

export type Pager = "auto" | "never";

/** Leaves at once when everything fits, keeps colours and what was on the screen. */
const DEFAULT_PAGER = "less -RFX";

interface PageOptions {
  readonly json: boolean;
  readonly pager: Pager;
}

/** Without `page` there is no terminal to lend to another program, and everything is printed. */
export type PagedIo = Pick<CommandIo, "stdout"> & Partial<Pick<CommandIo, "env" | "page" | "signal">>;

/** Prints the text on stdout; through the pager where there is a person before a screen that is too small for it. */
export async function printPaged(io: PagedIo, text: string, { json, pager }: PageOptions): Promise<void> {
  const { stdout, env = {}, page } = io;
  const command = env["PAGER"] ?? DEFAULT_PAGER;
  const isWanted = stdout.isTerminal && !json && pager === "auto" && command.trim() !== "";
  // Where the height is not known, nothing waits for a key that perhaps nobody presses.
  const rows = terminalRows(stdout, env);
  const isLong = rows !== undefined && lineCount(text) > rows;
  if (isWanted && isLong && page && (await page(withoutLinks(text), command))) return;
  await writeAll(io, text);
}

function lineCount(text: string): number {
  let count = text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
