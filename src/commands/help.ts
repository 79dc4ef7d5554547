// Help texts, made from the descriptions of the commands, and for the root help from what the plugins say of theirs.

import type { Config } from "../config/config.ts";
import type { CommandIo } from "../terminal/io.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { ALIAS_PREFIX, aliasNames } from "./alias-list.ts";
import type { Command, CommandOption } from "./command.ts";
import { shownValue } from "./config-value.ts";
import { FLAGS } from "./flag-table.ts";
import type { Flags } from "./flags.ts";
import { ownGuideOptions } from "./guide-options.ts";
import { openProcessHost } from "./open-process-host.ts";
import { readConfig } from "./settings.ts";
import { showGuide } from "./show-guide.ts";
import { COMMANDS, type CommandEntry } from "./tree.ts";

/** Help must not wait long for a plugin that hangs. */
const HELP_DESCRIBE_MS_MAX = 2_000;
const ABOUT_CHARS_MAX = 100;

type Entry = readonly [left: string, right: string];

export interface HelpRequest {
  readonly program: string;
  readonly io: CommandIo;
  readonly flags: Readonly<Flags>;
  /** The built-in command that help is asked for. */
  readonly entry: CommandEntry | undefined;
  /** Without an entry, the group of commands; without both, the whole program. */
  readonly group: string | undefined;
}

/** Prints help on stdout, in the format that was asked for. */
export async function printHelp(request: HelpRequest): Promise<void> {
  const { program, io, flags, entry, group } = request;
  const text =
    entry !== undefined
      ? commandHelp(`${program} ${entry.words.join(" ")}`, await entry.load())
      : group !== undefined
        ? groupHelp(program, group)
        : await rootHelp(request);
  await showGuide({ io, flags }, text, await ownGuideOptions({ io, flags }));
}

function commandHelp(name: string, command: Command): string {
  const usage = `usage: ${`${name} ${command.usage}`.trim()}\n\n${command.about}\n`;
  return usage + section("Options", ownEntries(command.options ?? {})) + section("Everywhere", flagEntries());
}

function groupHelp(program: string, group: string): string {
  return `usage: ${program} ${group} COMMAND\n${section("Commands", commandEntries(group))}${section("Everywhere", flagEntries())}`;
}

async function rootHelp(request: HelpRequest): Promise<string> {
  const { program } = request;
  const usage = `usage: ${program} [PROFILE] COMMAND [ARGUMENTS] ["|" STAGE]...\n       ${program} help COMMAND\n`;
  return (
    usage +
    section("Commands", commandEntries()) +
    (await ownSections(request)) +
    section("Everywhere", [
      ...flagEntries(),
      ["| STAGES", `filter, sort and shape the result: ${program} COMMAND "|" H lists the stages`],
      ["--", "everything after it goes to the plugin as it is"],
    ])
  );
}

function commandEntries(group?: string): Entry[] {
  return COMMANDS.filter((entry) => group === undefined || entry.words[0] === group).map(
    (entry): Entry => [entry.words.join(" "), entry.about],
  );
}

/** What the user added: commands of plugins, and aliases. */
async function ownSections(request: HelpRequest): Promise<string> {
  const { program, io, flags } = request;
  const config = await readConfig({ io, flags }).catch(() => undefined);
  if (config === undefined) return `\nNo plugin commands: run "${program} config diagnostics"\n`;
  return (await pluginSection(request, config)) + section("Aliases", aliasEntries(config));
}

function aliasEntries(config: Config): Entry[] {
  return aliasNames(config).map((name) => {
    const template = shownValue(config.find(`${ALIAS_PREFIX}${name}`)!);
    return [firstLine(name), firstLine(String(template))];
  });
}

async function pluginSection({ program, io, flags }: HelpRequest, config: Config): Promise<string> {
  const host = await openProcessHost(io, { config, ...flags, describeTimeoutMs: HELP_DESCRIBE_MS_MAX });
  const entries = (await host.commands())
    .filter((offer) => offer.state === "enabled")
    .map(({ name, about, requiresSelection, providers }): Entry => {
      if (!requiresSelection) return [name, firstLine(about)];
      const ids = providers.filter(({ isOn }) => isOn).map(({ pluginId }) => pluginId);
      return [name, firstLine(`offered by ${ids.join(", ")}: choose with --plugin-provider`)];
    });
  const broken = (await host.discover()).filter(({ healthy, state }) => !healthy && state !== "passive").length;
  const plural = broken === 1 ? "plugin" : "plugins";
  const note = broken > 0 ? `\n${broken} ${plural} cannot be used: run "${program} plugins list"\n` : "";
  return section("Plugin commands", entries) + note;
}

/** Text of a plugin's for one line of the help. */
export function firstLine(text: string): string {
  const line = neutralise(text).trim().split("\n", 1)[0]!;
  return line.length > ABOUT_CHARS_MAX ? `${line.slice(0, ABOUT_CHARS_MAX)}...` : line;
}

function flagEntries(where?: "anywhere"): Entry[] {
  return Object.entries(FLAGS)
    .filter(([, spec]) => spec.alias === undefined && (where === undefined || spec.where === where))
    .map(([name, { short, value, about }]) => [spelling(name, short, value), about]);
}

/** The host's flags that may stand behind the command, and the command's own. */
export function optionSections(options: Readonly<Record<string, CommandOption>>, title = "Options"): string {
  return section(title, ownEntries(options)) + section("Everywhere", flagEntries("anywhere"));
}

function ownEntries(options: Readonly<Record<string, CommandOption>>): Entry[] {
  return Object.entries(options).map(([name, { short, value, about, optionalValue }]) => {
    const shown = optionalValue === undefined ? value : `[${value}]`;
    return [spelling(`--${name}`, short && `-${short}`, shown), about];
  });
}

function spelling(name: string, short: string | undefined, value: string | undefined): string {
  return `${short ? `${short}, ` : ""}${name}${value ? ` ${value}` : ""}`;
}

export function section(title: string, entries: readonly (readonly [left: string, right: string])[]): string {
  if (entries.length === 0) return "";
  const width = Math.min(
    entries.reduce((most, [left]) => Math.max(most, left.length), 0),
    HELP_LEFT_CHARS_MAX,
  );
  return `\n${title}:\n${entries.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join("\n")}\n`;
}

/** A longer left side sticks out and does not push all others to the right. */
const HELP_LEFT_CHARS_MAX = 34;
