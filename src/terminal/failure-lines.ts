// How a failure looks to people: what happened, with its code, and what to do next.

import type { CommandIo } from "./io.ts";
import { printLabelled } from "./labelled.ts";
import type { Look } from "./look.ts";

/**
 * Prints `error:` and, when there is a hint, `help:` on stderr. The texts may come from a plugin.
 *
 * @param between lines that belong between the two, harmless already.
 */
export function printFailureLines(
  { stderr }: Pick<CommandIo, "stderr">,
  message: string,
  code: string,
  hint: string | undefined,
  look?: Look,
  between = "",
): void {
  printLabelled(stderr, "error", `${message} [${code}]`, look);
  if (between !== "") stderr.write(between);
  if (hint !== undefined) printLabelled(stderr, "help", hint, look);
}
