// `last`: the newest result once more, as the flags and settings of now say, with its own stages or others.

import { EXIT, HostError } from "../../protocol/errors.ts";
import { withoutFlags } from "../line-stages.ts";
import { parseCommand } from "../parse-arguments.ts";
import { printData } from "../print-data.ts";
import { settingsFor } from "../settings.ts";
import { REPL_WORDS } from "./built-in-words.ts";
import type { BuiltInCall } from "./built-ins.ts";
import { lineFlags } from "./repl-state.ts";

const LAST = {
  ...REPL_WORDS.last,
  positionals: { min: 0, max: 0 },
  options: { raw: { type: "boolean", about: "without the stages that it was shown through first" } },
  run: async () => EXIT.done,
} as const;

/** Throws `usage_invalid` when there is no result yet, and `pipeline_invalid`. */
export async function showLast({ state, io, words, pipeline }: BuiltInCall): Promise<number> {
  const flags = lineFlags(state);
  const { options } = parseCommand(LAST, "last", words, flags);
  const own = pipeline === undefined ? "" : withoutFlags(flags, pipeline);
  const kept = state.session.last;
  const before = options["raw"] === true ? "" : (kept?.pipeline ?? "");
  const stages = [before, own].filter((one) => one.trim() !== "");
  if (stages.length > 0) {
    flags.pipeline = stages.join(" | ");
    const { readStages } = await import("../read-stages.ts");
    const helped = await readStages({ io, flags }, { json: flags.format === "json" });
    if (helped !== undefined) return helped;
  }
  if (kept === undefined) {
    throw new HostError("usage_invalid", "there is no result yet", { hint: "run a command that gives data first" });
  }
  const settings = await settingsFor(io, state.config, flags);
  // It stays what it was, however it is shown.
  await printData({ io, flags: { ...flags, session: undefined } }, settings, kept);
  return EXIT.done;
}
