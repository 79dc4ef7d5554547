// Runs a built-in command for the stages behind it. They get what `--json` would print, with all of its members; of a
// command that prints no JSON, the lines.

import { JsonSyntaxError, parseOrderedJson } from "../base/ordered-json.ts";
import type { Output } from "../terminal/io.ts";
import type { Command, CommandInput } from "./command.ts";
import { metaOf, rowsOfText } from "./data-meta.ts";
import { printData } from "./print-data.ts";
import type { CommandResult } from "./session.ts";

/** Gives the command's exit code. Whatever it says beside its data is said as ever. */
export async function runPiped(command: Command, input: CommandInput): Promise<number> {
  const settings = await input.settings();
  let result: CommandResult | undefined;
  let text = "";
  const stdout: Output = {
    isTerminal: false,
    columns: undefined,
    rows: undefined,
    write(piece) {
      text += piece;
    },
  };
  const exitCode = await command.run({
    ...input,
    io: { ...input.io, stdout },
    flags: { ...input.flags, format: "json" },
    settings: async () => ({
      ...settings,
      format: "json",
      json: true,
      taker: (taken) => {
        result = taken;
      },
    }),
  });
  await printData(input, settings, result ?? resultIn(text));
  return exitCode;
}

function resultIn(text: string): CommandResult {
  try {
    const data = parseOrderedJson(text);
    return { data, meta: metaOf(data), isWhole: true };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const data = rowsOfText(text);
    return { data, meta: metaOf(data) };
  }
}
