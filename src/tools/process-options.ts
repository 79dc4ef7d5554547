// What a command of a process plugin takes, as the properties of a tool: one for each argument and each flag.
//
// A property is named like the argument, or like the flag without its dashes. The first that has a name keeps it:
// arguments in their order, then flags with two dashes, then flags with one, then the flags of the commands in front.
// What comes later is "arg_NAME" or "flag_NAME", and "_2", "_3" and so on where that is taken as well.

import { PROCESS_PROPERTY_CHARS_MAX } from "../protocol/limits.ts";
import type { DescribedCommand } from "../protocol/process-plugin.ts";
import { HOST_FIELD_NAMES } from "./host-fields.ts";

type Described = DescribedCommand["args"][number] | DescribedCommand["flags"][string];

export interface ProcessOption {
  /** Its name in the tool's schema. */
  readonly property: string;
  /** As it is declared, with its dashes; undefined for an argument. */
  readonly flag: string | undefined;
  /** Which of the command's words it belongs to: 0 is the first. */
  readonly level: number;
  readonly takes: "nothing" | "one" | "many";
  readonly required: boolean;
  readonly about: string;
  readonly isPath: boolean;
  /** Values that the plugin suggests; others are allowed. */
  readonly examples: readonly string[];
}

/** @param path the command and the subcommands to the one that is meant. */
export function optionsOf(path: readonly DescribedCommand[]): ProcessOption[] {
  const taken = new Set<string>(["__proto__", ...HOST_FIELD_NAMES]);
  const last = path.length - 1;
  const args = path[last]!.args.map((arg, index) =>
    option(arg, {
      property: freeName(taken, wordOf(bare(arg.name ?? ""), `arg${index + 1}`), "arg"),
      flag: undefined,
      level: last,
      takes: arg.multi ? "many" : "one",
    }),
  );
  return [...args, ...flagsOf(path, taken)];
}

function flagsOf(path: readonly DescribedCommand[], taken: Set<string>): ProcessOption[] {
  const seen = new Set<string>();
  const found: ProcessOption[] = [];
  for (let level = path.length - 1; level >= 0; level--) {
    const flags = Object.entries(path[level]!.flags).filter(([flag]) => !seen.has(flag));
    // Sorting is stable: the plugin's order holds within the long ones and within the short ones.
    flags.sort(([a], [b]) => Number(!isLong(a)) - Number(!isLong(b)));
    for (const [flag, described] of flags) {
      seen.add(flag);
      const takes = described.flag_only ? "nothing" : described.multi ? "many" : "one";
      const word = wordOf(flag.replace(/^--?/, ""), `flag${found.length + 1}`);
      found.push(option(described, { property: freeName(taken, word, "flag"), flag, level, takes }));
    }
  }
  return found;
}

export function isLong(flag: string): boolean {
  return flag.startsWith("--");
}

function option(
  described: Described,
  place: Pick<ProcessOption, "property" | "flag" | "level" | "takes">,
): ProcessOption {
  const { about, value_type: type, suggestions, required } = described;
  return {
    ...place,
    // A flag without a value cannot be required: then it would say nothing.
    required: required && place.takes !== "nothing",
    about: about ?? "",
    isPath: type === "path",
    examples: suggestions.map(({ value, meta }) => (meta === null ? value : `${value} (${meta})`)),
  };
}

/** Authors put brackets and dots around an argument's name, as usage lines do. */
function bare(name: string): string {
  return name.replace(/^[\s<[({]+|[\s>\])}.…]+$/g, "");
}

/** What every model takes as a name of a property. */
function wordOf(name: string, otherwise: string): string {
  const word = name.replace(/[^A-Za-z0-9_.-]/gu, "_").slice(0, PROCESS_PROPERTY_CHARS_MAX);
  return /[A-Za-z0-9]/.test(word) ? word : otherwise;
}

function freeName(taken: Set<string>, word: string, kind: "arg" | "flag"): string {
  let name = word;
  for (let count = 1; taken.has(name); count++) {
    const suffix = count === 1 ? "" : `_${count}`;
    const room = PROCESS_PROPERTY_CHARS_MAX - kind.length - 1 - suffix.length;
    name = `${kind}_${word.slice(0, room)}${suffix}`;
  }
  taken.add(name);
  return name;
}
