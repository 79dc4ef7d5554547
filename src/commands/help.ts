// Help texts, made from the descriptions of the commands, and for the root help from what the plugins say of theirs.

import type { CommandIo } from "../terminal/io.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command, CommandOption, GlobalOptions } from "./command.ts";
import { HOST_FLAGS_HELP } from "./host-flags.ts";
import { openProcessHost } from "./open-process-host.ts";
import { GLOBAL_OPTIONS } from "./parse-arguments.ts";
import { COMMANDS } from "./tree.ts";

/** Help must not wait long for a plugin that hangs. */
const HELP_DESCRIBE_MS_MAX = 2_000;
const ABOUT_CHARS_MAX = 100;

type Entry = readonly [left: string, right: string];

/** The help of one built-in command; `name` is how it is called, program included. */
export function commandHelp(name: string, command: Command): string {
  const usage = `usage: ${`${name} ${command.usage}`.trim()}\n\n${command.about}\n`;
  return usage + section("Options", optionEntries(command.options ?? {})) + section("Everywhere", globalEntries());
}

/** The help of the program, or of one group of commands (`tools`); asks the plugins what they offer. */
export async function rootHelp(
  program: string,
  group: string | undefined,
  global: GlobalOptions,
  io: CommandIo,
): Promise<string> {
  const entries = COMMANDS.filter((entry) => group === undefined || entry.words[0] === group).map(
    (entry): Entry => [entry.words.join(" "), entry.about],
  );
  if (group !== undefined) {
    return `usage: ${program} ${group} COMMAND\n${section("Commands", entries)}${section("Everywhere", globalEntries())}`;
  }
  const usage = `usage: ${program} COMMAND [ARGUMENTS]\n       ${program} help COMMAND\n`;
  return (
    usage +
    section("Commands", entries) +
    (await pluginSection(program, global, io)) +
    section("With plugin commands", HOST_FLAGS_HELP) +
    section("Everywhere", globalEntries())
  );
}

async function pluginSection(program: string, global: GlobalOptions, io: CommandIo): Promise<string> {
  const host = await openProcessHost(io, global.pluginDirs, { describeTimeoutMs: HELP_DESCRIBE_MS_MAX });
  const plugins = await host.discover();
  const offers = new Map<string, { about: string; by: string[] }>();
  for (const plugin of plugins) {
    for (const { name, about } of plugin.healthy ? plugin.commands : []) {
      const offer = offers.get(name);
      if (offer) offer.by.push(plugin.pluginId);
      else offers.set(name, { about, by: [plugin.pluginId] });
    }
  }
  const entries = [...offers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, offer]): Entry => {
      if (offer.by.length === 1) return [name, firstLine(offer.about)];
      return [name, firstLine(`offered by ${offer.by.join(", ")}: choose with --plugin-provider`)];
    });
  const broken = plugins.filter((plugin) => !plugin.healthy).length;
  const plural = broken === 1 ? "plugin" : "plugins";
  const note = broken > 0 ? `\n${broken} ${plural} cannot be used: run "${program} plugins list"\n` : "";
  return section("Plugin commands", entries) + note;
}

/** Text of a plugin's for one line of the help. */
function firstLine(text: string): string {
  const line = neutralise(text).trim().split("\n", 1)[0]!;
  return line.length > ABOUT_CHARS_MAX ? `${line.slice(0, ABOUT_CHARS_MAX)}...` : line;
}

function globalEntries(): Entry[] {
  return optionEntries(GLOBAL_OPTIONS);
}

function optionEntries(options: Readonly<Record<string, CommandOption>>): Entry[] {
  return Object.entries(options).map(([name, { short, value, about }]): Entry => {
    const spelling = `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`;
    return [spelling, about];
  });
}

function section(title: string, entries: readonly Entry[]): string {
  if (entries.length === 0) return "";
  const width = entries.reduce((most, [left]) => Math.max(most, left.length), 0);
  return `\n${title}:\n${entries.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join("\n")}\n`;
}
