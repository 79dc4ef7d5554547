// How a failure looks to people: what happened, with its code, and what to do next.

import type { CommandIo } from "./io.ts";
import { labelled } from "./labelled.ts";
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
  stderr.write(labelled("error", `${message} [${code}]`, look) + between);
  if (hint !== undefined) stderr.write(labelled("help", hint, look));
}
