// The terminal program's only door: from the words on the command line to an exit code.

import { nearest } from "../base/nearest.ts";
import { EXIT, HostError, toHostError } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import type { GlobalOptions } from "./command.ts";
import { parseCommand, parseLeadingOptions } from "./parse-arguments.ts";
import { COMMANDS, type CommandEntry, findCommand, isGroup } from "./tree.ts";

/**
 * Runs one command line.
 *
 * @param program the name it was started under, `osp` or `osaurus`; both are the same command tree.
 * @returns the exit code; every failure has already been printed.
 */
export async function main(program: string, argv: readonly string[], io: CommandIo): Promise<number> {
  // Known before parsing, so that a mistake on the command line is reported in the shape that was asked for.
  const literal = argv.indexOf("--");
  const report = { json: argv.slice(0, literal === -1 ? undefined : literal).includes("--json") };
  try {
    return await runCommandLine(program, argv, io, report);
  } catch (thrown) {
    const error = io.signal.aborted ? new HostError("interrupted", "interrupted") : toHostError(thrown);
    const { printError } = await import("../terminal/print-error.ts");
    printError(io, error, report);
    return error.exitCode;
  }
}

async function runCommandLine(
  program: string,
  argv: readonly string[],
  io: CommandIo,
  report: { json: boolean },
): Promise<number> {
  const { global, wantsHelp, wantsVersion, hostFlags, rest } = parseLeadingOptions(argv);
  if (wantsVersion) {
    const { VERSION } = await import("../base/version.ts");
    io.stdout.write(
      global.json ? `${JSON.stringify({ name: "osprey", version: VERSION })}\n` : `${program} ${VERSION}\n`,
    );
    return EXIT.done;
  }
  const word = rest[0];
  if (wantsHelp || word === undefined || word === "help") {
    return await help(program, word === "help" ? rest.slice(1) : rest, global, io);
  }
  const entry = findCommand(rest);
  if (hostFlags.length > 0 && (entry || isGroup(word))) {
    throw new HostError("usage_invalid", `${hostFlags[0]} is for plugin commands only`);
  }
  if (entry) return await runBuiltIn(program, entry, rest.slice(entry.words.length), global, io);
  if (isGroup(word)) return await runGroup(program, rest, global, io);
  const { runPluginCommand } = await import("./plugin-command.ts");
  return await runPluginCommand({ program, io, global, leading: hostFlags, words: rest, report });
}

async function runBuiltIn(
  program: string,
  entry: CommandEntry,
  args: readonly string[],
  before: GlobalOptions,
  io: CommandIo,
): Promise<number> {
  const command = await entry.load();
  const name = `${program} ${entry.words.join(" ")}`;
  const { wantsHelp, ...input } = parseCommand(command, name, args, before);
  if (wantsHelp) {
    const { commandHelp } = await import("./help.ts");
    io.stdout.write(commandHelp(name, command));
    return EXIT.done;
  }
  return await command.run({ io, ...input });
}

/** `osaurus tools`, `osaurus tools --help`, `osaurus tools lsit`. */
async function runGroup(
  program: string,
  rest: readonly string[],
  global: GlobalOptions,
  io: CommandIo,
): Promise<number> {
  const group = rest[0]!;
  const word = rest.slice(1).find((token) => !token.startsWith("-"));
  if (word === undefined && rest.some((token) => token === "--help" || token === "-h")) {
    return await help(program, [group], global, io);
  }
  const known = COMMANDS.filter((entry) => entry.words[0] === group).map((entry) => entry.words[1]!);
  if (word === undefined) {
    throw new HostError("usage_invalid", `"${program} ${group}" needs one more word: ${known.join(", ")}`);
  }
  const close = nearest(word, known);
  throw new HostError("command_unknown", `unknown command "${group} ${word}"`, {
    hint: close ? `did you mean "${program} ${group} ${close}"?` : `known: ${known.join(", ")}`,
  });
}

async function help(program: string, words: readonly string[], global: GlobalOptions, io: CommandIo): Promise<number> {
  const entry = findCommand(words);
  const { commandHelp, rootHelp } = await import("./help.ts");
  if (entry) io.stdout.write(commandHelp(`${program} ${entry.words.join(" ")}`, await entry.load()));
  else if (words[0] !== undefined && !isGroup(words[0])) {
    const { runPluginCommand } = await import("./plugin-command.ts");
    const report = { json: global.json };
    return await runPluginCommand({ program, io, global, leading: [], words: [...words, "--help"], report });
  } else if (words.slice(1).some((word) => !word.startsWith("-"))) return await runGroup(program, words, global, io);
  else io.stdout.write(await rootHelp(program, words[0], global, io));
  return EXIT.done;
}
