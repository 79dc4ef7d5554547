// What the configuration and the flags of one command line come to: which profile, which format, what it looks like.

import { resolvePaths } from "../base/paths.ts";
import { type Config, configNumber, configText, type TerminalKind } from "../config/config.ts";
import { loadConfig, problemsError } from "../config/load-config.ts";
import { type Format, formatNamed } from "../protocol/formats.ts";
import type { MessageLevel } from "../protocol/message-levels.ts";
import type { CommandIo } from "../terminal/io.ts";
import { printLabelled } from "../terminal/labelled.ts";
import type { Choice, LookWish, Mode } from "../terminal/look.ts";
import { type MessageLayout, verbosity } from "../terminal/messages.ts";
import { BUILT_IN_WORDS } from "./built-in-words.ts";
import type { Flags } from "./flags.ts";
import type { CommandResult } from "./session.ts";

export interface Settings {
  readonly config: Config;
  /** As the flags say, else the configuration; `auto` when neither does. */
  readonly format: Format;
  readonly json: boolean;
  readonly wish: LookWish;
  /** The last level of messages that is shown. */
  readonly upTo: MessageLevel;
  readonly debug: 0 | 1 | 2 | 3;
  readonly pager: "auto" | "never";
  readonly messageLayout: MessageLayout;
  /** Gets the result instead of the screen, because a pipeline is to work on it. */
  readonly taker?: (result: CommandResult) => void;
}

export interface ConfigRequest {
  readonly io: CommandIo;
  readonly flags: Readonly<Flags>;
  /** The first word of the line, which may be a profile's name. */
  readonly word?: string | undefined;
  /** Keeps what is odd to itself; it was said before. */
  readonly quiet?: boolean;
  /** Of what kind the terminal is, where that is not the one that the line runs on. */
  readonly terminal?: TerminalKind;
}

/**
 * Reads the configuration; what is odd in it is said on stderr. Throws `config_*` errors for files that cannot be read at
 * all; unknown keys and wrong values are in its `problems`.
 */
export async function readConfig({ io, flags, word, quiet = false, terminal }: ConfigRequest): Promise<Config> {
  const config = await loadConfig({
    paths: resolvePaths({ env: io.env, platform: process.platform }),
    env: io.env,
    cwd: io.cwd,
    terminal: terminal ?? (flags.session === undefined ? "cli" : "repl"),
    profile: flags.profile,
    word,
    reservedWords: BUILT_IN_WORDS,
    useEnv: flags.useEnv,
    useFile: flags.useFile,
    defaultsOnly: flags.defaultsOnly,
    overrides: [...(flags.session?.overrides ?? []), ...flags.overrides],
    lenient: true,
  });
  if (!quiet) for (const text of config.warnings) printLabelled(io.stderr, "warning", text);
  return config;
}

/**
 * What a configuration and flags come to, with the theme where there may be colours. Throws the first of the
 * configuration's problems, unless told otherwise.
 */
export async function settingsFor(
  io: CommandIo,
  config: Config,
  flags: Readonly<Flags>,
  options: { lenient?: boolean } = {},
): Promise<Settings> {
  const settings = settingsFrom(config, flags, options);
  if (!mayColor(io, settings.wish)) return settings;
  const { chosenTheme } = await import("./theme-choice.ts");
  return { ...settings, wish: { ...settings.wish, theme: await chosenTheme(config, io) } };
}

function mayColor({ stdout, stderr, env }: CommandIo, { color, mode }: LookWish): boolean {
  if (mode === "plain" || color === "never") return false;
  return color === "always" || ((stdout.isTerminal || stderr.isTerminal) && env["NO_COLOR"] === undefined);
}

function settingsFrom(config: Config, flags: Readonly<Flags>, options: { lenient?: boolean }): Settings {
  if (!options.lenient) requireSound(config);
  // "auto" on the line is no choice: what the configuration says still comes before the plugin's hint.
  const chosen = flags.format === "auto" ? undefined : flags.format;
  const format = chosen ?? formatNamed(configText(config, "ui.format") ?? "auto") ?? "auto";
  return {
    config,
    format,
    json: format === "json",
    wish: wishOf(config, flags),
    upTo: verbosity(flags.verbosity, (configText(config, "ui.message.verbosity") ?? "info") as MessageLevel),
    debug: Math.max(flags.debug, Math.min(configNumber(config, "debug.level") ?? 0, 3)) as Settings["debug"],
    pager: configText(config, "ui.pager") === "never" ? "never" : "auto",
    messageLayout: (configText(config, "ui.messages.layout") ?? "minimal") as MessageLayout,
  };
}

/** Throws what is wrong with a configuration, if anything is. */
export function requireSound(config: Config): void {
  if (config.problems.length > 0) throw problemsError(config.problems);
}

/** How output is to look. The words were checked when the configuration was read. */
function wishOf(config: Config, flags: Readonly<Flags>): LookWish {
  const text = <T extends string>(key: string) => configText(config, key) as T | undefined;
  return {
    mode: flags.mode ?? text<Mode>("ui.mode") ?? "auto",
    color: flags.color ?? text<Choice>("ui.color.mode") ?? "auto",
    unicode: flags.unicode ?? text<Choice>("ui.unicode.mode") ?? "auto",
    width: configNumber(config, "ui.width"),
    margin: configNumber(config, "ui.margin"),
    indent: configNumber(config, "ui.indent"),
    mediumListMax: configNumber(config, "ui.medium_list_max"),
    border: text<NonNullable<LookWish["border"]>>("ui.table.border"),
    overflow: overflowOf(text("ui.table.overflow")),
  };
}

const OVERFLOW: Readonly<Record<string, LookWish["overflow"]>> = {
  clip: "clip",
  hidden: "clip",
  crop: "clip",
  ellipsis: "ellipsis",
  truncate: "ellipsis",
  none: "none",
  visible: "none",
};

function overflowOf(word: string | undefined): LookWish["overflow"] {
  return (word === undefined ? undefined : OVERFLOW[word]) ?? "wrap";
}

/** The wishes that are known without reading any configuration; for failures of just that reading. */
export function wishOfFlags(flags: Readonly<Flags>): LookWish {
  return { mode: flags.mode ?? "auto", color: flags.color ?? "auto", unicode: flags.unicode ?? "auto" };
}
