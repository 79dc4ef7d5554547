// Derives what a plugin answers to `--describe` from a commander program. Best effort: what commander does not say of
// itself is not described.

import type { Argument, Command, Option } from "commander";
import {
  addOption,
  commandName,
  type DescribedArgument,
  type DescribedCommand,
  type DescribedFlag,
  type DescribeV1,
  defaultText,
  describeDocument,
  firstParagraph,
  helpLine,
  namesPath,
  type PluginFacts,
  programName,
  refuseSameNames,
  suggestionsOf,
} from "./describe.ts";

/**
 * The description of a plugin whose one command is this program.
 *
 * The command is called like the program, without `osp-`, or like the plugin when the program has no name. Throws when
 * a name cannot be used.
 */
export function describeFromCommander(program: Command, facts: PluginFacts): DescribeV1 {
  return describeDocument(facts, describeCommand(program, programName(program.name(), facts.pluginId)));
}

function describeCommand(command: Command, name: string): DescribedCommand {
  const flags = new Map<string, DescribedFlag>();
  for (const option of command.options) {
    if (option.hidden || isVersion(command, option)) continue;
    addOption(flags, spellings(option), describeOption(option));
  }
  const subcommands = shownCommands(command).map((child) => describeCommand(child, commandName(child.name())));
  refuseSameNames(subcommands);
  return {
    name,
    about: firstParagraph(command.summary() || command.description()),
    args: command.registeredArguments.map(describeArgument),
    flags: Object.fromEntries(flags),
    subcommands,
  };
}

/** Those that the help lists, in the program's order, without the `help` that commander adds. */
function shownCommands(command: Command): Command[] {
  const visible = new Set(command.createHelp().visibleCommands(command));
  return command.commands.filter((child) => visible.has(child));
}

/** `--version` prints text for people and ends the program: nothing that a plugin could be asked for through the host. */
function isVersion(command: Command, option: Option): boolean {
  const name = (command as { _versionOptionName?: unknown })._versionOptionName;
  return command.version() !== undefined && option.attributeName() === (name ?? "version");
}

/** `short` may hold a second long spelling. */
function spellings(option: Option): string[] {
  return [option.long, option.short].filter((one) => one !== undefined && one !== null);
}

function describeArgument(argument: Argument): DescribedArgument {
  const name = argument.name();
  return {
    name,
    about: helpLine(argument.description, defaultText(argument.defaultValue, argument.defaultValueDescription)),
    required: argument.required,
    multi: argument.variadic,
    value_type: namesPath(name) ? "Path" : null,
    suggestions: suggestionsOf(argument.argChoices),
  };
}

/** `mandatory` is what others call required: commander's `required` says that the option's value is. */
function describeOption(option: Option): DescribedFlag {
  const placeholder = /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1];
  const takesValue = option.required || option.optional;
  return {
    about: helpLine(option.description, defaultText(option.defaultValue, option.defaultValueDescription)),
    required: option.mandatory && option.defaultValue === undefined,
    multi: option.variadic,
    value_type: takesValue && placeholder !== undefined && namesPath(placeholder) ? "Path" : null,
    suggestions: suggestionsOf(option.argChoices),
    flag_only: !takesValue,
  };
}
