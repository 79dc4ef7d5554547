// The options of a built-in command. In the built program, what is here is replaced by a table of all of them (see
// rolldown.config.ts): some commands take longer to load than a person at the Tab key wants to wait.

import type { CommandOption } from "../command.ts";
import type { CommandEntry } from "../tree.ts";

export async function optionsOf(entry: CommandEntry): Promise<Readonly<Record<string, CommandOption>>> {
  return (await entry.load()).options ?? {};
}
