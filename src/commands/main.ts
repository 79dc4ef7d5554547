// The terminal program's only door: from the words on the command line to an exit code.

import { nearest } from "../base/nearest.ts";
import type { Config } from "../config/config.ts";
import { EXIT, HostError, toHostError } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import type { LookWish } from "../terminal/look.ts";
import { BUILT_IN_WORDS } from "./built-in-words.ts";
import { type Flags, noFlags } from "./flags.ts";
import { peekRouting, takeLeadingFlags } from "./split-line.ts";
import { StepTimes } from "./step-times.ts";
import { TasksLeft } from "./tasks-left.ts";
import { COMMANDS, type CommandEntry, findCommand } from "./tree.ts";

/** One command line on its way. */
export interface Line {
  /** The name that Osprey was started under, `osp` or `osaurus`; both are the same command tree. */
  readonly program: string;
  readonly io: CommandIo;
  /** As it was typed. */
  readonly argv: readonly string[];
  readonly context: LineContext;
  readonly flags: Flags;
  /** How a failure is to be reported. */
  readonly report: Report;
  readonly times: StepTimes;
  /** Read already, when that was necessary to know what a word means. */
  config?: Config;
  /** The aliases that led here. */
  readonly aliases: string[];
  /** Words and stages were told from each other: a `|` among the words, or one with spaces in it, was quoted. */
  isTakenApart: boolean;
}

/** What a line may come with that is no word of it. */
export type LineContext = Partial<Flags>;

export interface Report {
  json: boolean;
  /** How much is said of times, once the configuration was read. */
  debug?: 0 | 1 | 2 | 3;
  /** What it is to look like, once the configuration was read. */
  wish?: LookWish;
}

/**
 * Runs one command line.
 *
 * @param program the name it was started under.
 * @returns the exit code; every failure has already been printed.
 */
export async function main(
  program: string,
  argv: readonly string[],
  io: CommandIo,
  context: LineContext = {},
): Promise<number> {
  if (argv[0] === "__complete") {
    await (await import("./completion/answer-shell.ts")).answerShell(argv.slice(1), io);
    return EXIT.done;
  }
  const line: Line = {
    program,
    io,
    argv,
    context,
    aliases: [],
    isTakenApart: context.pipeline !== undefined || context.session !== undefined,
    flags: { ...noFlags(), ...context },
    report: { json: asksForJson(argv) },
    times: new StepTimes(0),
  };
  line.times.end("start");
  try {
    return await runLine(line, argv);
  } catch (thrown) {
    const error = io.signal.aborted ? new HostError("interrupted", "interrupted") : toHostError(thrown);
    if (line.flags.session !== undefined) line.flags.session.thrown = error;
    // A command prints one document.
    const json = line.report.json && !(thrown instanceof TasksLeft);
    await (await import("./line-report.ts")).printFailure(line, error, json);
    return error.exitCode;
  } finally {
    if ((line.report.debug ?? line.flags.debug) > 0) await (await import("./line-report.ts")).printTimes(line);
  }
}

/** Known before the line is understood, so that a mistake in it is reported in the shape that was asked for. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const tokens = argv.slice(0, end === -1 ? undefined : end);
  return tokens.some(
    (token, index) =>
      token === "--json" || token === "--format=json" || (token === "--format" && tokens[index + 1] === "json"),
  );
}

async function runLine(line: Line, argv: readonly string[]): Promise<number> {
  return await dispatchRest(line, await withoutStages(line, argv));
}

/** Of a line without a `|` nothing more is loaded. */
async function withoutStages(
  { isTakenApart, flags, report }: Line,
  argv: readonly string[],
): Promise<readonly string[]> {
  if (isTakenApart ? flags.pipeline === undefined : !argv.includes("|")) return argv;
  const { splitTokens, withoutFlags } = await import("./line-stages.ts");
  const { words, pipeline } = isTakenApart
    ? { words: argv, pipeline: withoutFlags(flags, flags.pipeline!) }
    : splitTokens(flags, argv);
  flags.pipeline = pipeline;
  report.json ||= flags.format === "json";
  return words;
}

/** The host's flags, and then a command. */
async function dispatchRest(line: Line, words: readonly string[]): Promise<number> {
  const at = takeLeadingFlags(line.flags, words);
  if (line.flags.version) return await printVersion(line);
  return await dispatch(line, words.slice(at));
}

async function dispatch(line: Line, words: readonly string[]): Promise<number> {
  const { flags } = line;
  const word = words[0];
  if (word === undefined && flags.pipeline !== undefined && !flags.help) return (await verbHelp(line)) ?? noCommand();
  if (word === undefined) return await withoutCommand(line);
  if (/[\s|]/.test(word) && !line.isTakenApart) return await dispatchText(line, words);
  if (word.startsWith("-") && word !== "-") {
    if (word === "--") throw new HostError("usage_invalid", 'the command has to stand before "--"');
    throw (await import("./parse-arguments.ts")).unknownOption(word);
  }
  const isForPlugin = flags.provider !== undefined || peekRouting(words).provider !== undefined;
  if (BUILT_IN_WORDS.has(word) && !isForPlugin) return (await verbHelp(line)) ?? (await builtIn(line, words));
  if (line.config === undefined) {
    line.config = await configOf(line, word);
    if (line.config.tookWord) return await dispatchBehindProfile(line, words.slice(1));
  }
  if (!isForPlugin && isAlias(line, word)) return await dispatchAlias(line, words);
  const exitCode = await verbHelp(line);
  if (exitCode !== undefined) return exitCode;
  if (flags.help) return await help(line, words);
  return await pluginCommand(line, words).catch((error) => {
    if (!BUILT_IN_WORDS.has(word) || toHostError(error).code !== "command_unknown") throw error;
    throw new HostError("usage_invalid", `"${word}" is a built-in command, and no plugin offers one of that name`, {
      hint: "leave out --plugin-provider",
    });
  });
}

/** `osp` alone, or with the name of a profile, is the interactive shell. */
async function withoutCommand(line: Line): Promise<number> {
  const { program, io, flags } = line;
  if (program !== "osp" || flags.help || flags.session !== undefined) {
    return (await verbHelp(line)) ?? (await help(line, []));
  }
  return await (await import("./repl.ts")).openRepl({ program, io, flags, runLine: main });
}

function noCommand(): never {
  throw new HostError("usage_invalid", 'there is no command in front of the "|"', {
    hint: 'for example: osp plugins list "|" F healthy = false',
  });
}

/** One argument that is a whole line. */
async function dispatchText(line: Line, typed: readonly string[]): Promise<number> {
  const { flags, report } = line;
  const words = (await import("./stand-ins.ts")).wordsOfText(line, typed);
  report.json ||= asksForJson(words) || flags.format === "json";
  return await dispatchRest(line, words);
}

/** Within an alias of its own name, a word is the command. */
function isAlias({ config, aliases }: Line, word: string): boolean {
  return config!.find(`alias.${word}`) !== undefined && aliases.at(-1) !== word.toLowerCase();
}

async function dispatchAlias(line: Line, words: readonly string[]): Promise<number> {
  return await dispatchRest(line, (await import("./stand-ins.ts")).wordsOfAlias(line, words));
}

/** Compiles the pipeline before anything is run; when it only asks what verbs there are, that is answered. */
async function verbHelp({ io, flags, report }: Line): Promise<number | undefined> {
  if (flags.pipeline === undefined) return undefined;
  return await (await import("./read-stages.ts")).readStages({ io, flags }, report);
}

/** The first word named the profile: what follows it is a line of its own. */
async function dispatchBehindProfile(line: Line, rest: readonly string[]): Promise<number> {
  // From here on it is as if the flag had named it, whoever reads the configuration again.
  line.flags.profile = line.config!.profile;
  const at = takeLeadingFlags(line.flags, rest);
  if (line.flags.version) return await printVersion(line);
  // Some of the flags say how the configuration is to be read.
  if (at > 0) line.config = await configOf(line);
  return await dispatch(line, rest.slice(at));
}

async function builtIn(line: Line, typed: readonly string[]): Promise<number> {
  // Flags may also stand between a group's word and the next.
  const words = [typed[0]!, ...typed.slice(1 + takeLeadingFlags(line.flags, typed.slice(1)))];
  if (line.flags.version) return await printVersion(line);
  if (words[0] === "help") return await help(line, words.slice(1));
  if (line.flags.help) return await help(line, words);
  const entry = findCommand(words);
  return entry ? await runBuiltIn(line, entry, words.slice(entry.words.length)) : await wrongGroupWord(line, words);
}

async function runBuiltIn(line: Line, entry: CommandEntry, tokens: readonly string[]): Promise<number> {
  const { program, io, flags } = line;
  const [command, { parseCommand }] = await Promise.all([entry.load(), import("./parse-arguments.ts")]);
  const name = `${program} ${entry.words.join(" ")}`;
  const parsed = parseCommand(command, name, tokens, flags);
  if (flags.version) return await printVersion(line);
  if (flags.help) return await help(line, entry.words);
  const settings = async () => {
    const { settingsFor } = await import("./settings.ts");
    line.config ??= await configOf(line);
    const found = await settingsFor(io, line.config, flags, { lenient: command.readsBrokenConfig === true });
    line.report.json = found.json;
    line.report.wish = found.wish;
    line.report.debug = found.debug;
    return found;
  };
  const input = { io, program, flags, ...parsed, settings, runLine: main };
  if (flags.stages !== undefined && command.runsOn?.(input) === true) {
    throw new HostError("usage_invalid", `"${name}" runs on and gives no data that a pipeline could work on`, {
      hint: 'leave out the "|" and what follows it',
    });
  }
  if (command.isResident?.(input) === true) {
    const exitCode = await handOver(line);
    if (exitCode !== undefined) return exitCode;
  }
  if (flags.stages === undefined || command.pipesItself === true) return await command.run(input);
  return await (await import("./run-piped.ts")).runPiped(command, input);
}

/** Has the line run by the host that runs on; nothing when there is none. */
async function handOver({ program, argv, io, context }: Line): Promise<number | undefined> {
  if ((await import("./lent-host.ts")).lentHost(io) !== undefined) return undefined;
  return await (await import("./resident-client.ts")).handOver(program, argv, io, context);
}

/** `osaurus tools`, `osaurus tools lsit`. */
async function wrongGroupWord(line: Line, [group, word]: readonly string[]): Promise<never> {
  const { program } = line;
  if (word?.startsWith("-")) throw (await import("./parse-arguments.ts")).unknownOption(word);
  const known = COMMANDS.filter((entry) => entry.words[0] === group).map((entry) => entry.words[1]!);
  if (word === undefined) {
    throw new HostError("usage_invalid", `"${program} ${group}" needs one more word: ${known.join(", ")}`);
  }
  const close = nearest(word, known);
  throw new HostError("command_unknown", `unknown command "${group} ${word}"`, {
    hint: close ? `did you mean "${program} ${group} ${close}"?` : `known: ${known.join(", ")}`,
  });
}

/** Help of the program, of a group, of a built-in command or of a plugin's. */
async function help(line: Line, words: readonly string[]): Promise<number> {
  const { program, io, flags } = line;
  const word = words[0];
  if (word !== undefined && !BUILT_IN_WORDS.has(word)) {
    line.config ??= await configOf(line);
    const asked = [...words, "--help"];
    return flags.provider === undefined && isAlias(line, word)
      ? await dispatchAlias(line, asked)
      : await pluginCommand(line, asked);
  }
  const entry = findCommand(words);
  if (!entry && words.slice(1).some((one) => !one.startsWith("-"))) return await wrongGroupWord(line, words);
  const { printHelp } = await import("./help.ts");
  await printHelp({ program, io, flags, entry, group: entry ? undefined : word });
  return EXIT.done;
}

async function pluginCommand(line: Line, words: readonly string[]): Promise<number> {
  const { program, io, flags, report, times } = line;
  line.config ??= await configOf(line);
  times.end("config");
  const { runPluginCommand } = await import("./plugin-command.ts");
  const input = { program, io, flags, config: line.config, words, report, times };
  try {
    return await runPluginCommand(input);
  } catch (error) {
    // A word that no process plugin knows may be a native one; nothing of that is loaded before.
    const isUnknown = error instanceof HostError && error.code === "command_unknown";
    if (!isUnknown || flags.provider !== undefined || flags.defaultsOnly) throw error;
    const { runNativeCommand, withNativeName } = await import("./native-command.ts");
    const exitCode = await runNativeCommand({ ...input, handOver: () => handOver(line) });
    if (exitCode === undefined) throw await withNativeName(input, error);
    return exitCode;
  }
}

async function configOf({ io, flags }: Line, word?: string): Promise<Config> {
  const { readConfig } = await import("./settings.ts");
  return await readConfig({ io, flags, word });
}

async function printVersion({ program, io, flags }: Line): Promise<number> {
  if (flags.pipeline !== undefined) {
    throw new HostError("usage_invalid", "the version is no data that a pipeline could work on", {
      hint: 'leave out the "|" and what follows it; --json prints the version as JSON',
    });
  }
  const { VERSION } = await import("../base/version.ts");
  const document = JSON.stringify({ name: "osprey", version: VERSION });
  io.stdout.write(flags.format === "json" ? `${document}\n` : `${program} ${VERSION}\n`);
  return EXIT.done;
}
