// `| Y`: what a person sees of the result, without colours and frames that fit one screen, is copied to the clipboard.

import type { CommandIo } from "../terminal/io.ts";
import { lookOf } from "../terminal/look.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { printResult } from "../terminal/result.ts";
import { notify } from "./notify.ts";
import type { CommandResult } from "./session.ts";
import type { Settings } from "./settings.ts";

/** Warns when it cannot be copied; the command is done all the same. */
export async function copyResult(io: CommandIo, settings: Settings, { data, meta }: CommandResult): Promise<void> {
  let text = "";
  // Text is pasted into terminals: as on one, no control character is left in it.
  const stdout = {
    isTerminal: true,
    columns: undefined,
    rows: undefined,
    write(piece: string) {
      text += piece;
    },
  };
  const look = lookOf({ ...stdout, isTerminal: false }, io.env, { ...settings.wish, mode: "plain", margin: 0 });
  const stderr = { ...stdout, write() {} };
  await printResult({ stdout, stderr, env: {} }, data, meta, { format: settings.format, look, pager: "never" });
  const { copyText } = await import("../terminal/clipboard.ts");
  // With a line break at its end, a pasted line would run.
  const { problem } = await copyText(io, neutralise(text).replace(/\n+$/, ""));
  if (problem !== undefined) notify(io, settings, "warning", `the result was not copied: ${problem}`);
}
