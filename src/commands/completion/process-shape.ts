// What a process plugin's command takes, as the plugin described it. Its texts are a stranger's.

import type { DescribedCommand, DescribedFlag } from "../../protocol/process-plugin.ts";
import { describedOwner } from "../split-line.ts";
import type { CommandShape, Walked } from "./command-shape.ts";
import { type Known, placesOf } from "./known.ts";
import { menuText, type Offer } from "./offer.ts";
import { pathOffers } from "./path-offers.ts";

/** Before all else: what the command cannot do without. */
const REQUIRED_GROUP = -1;

type Valued = Pick<DescribedFlag, "value_type" | "suggestions">;

export function processShape(known: Known, command: DescribedCommand): CommandShape {
  const described = describedOwner(command);
  const flags = new Map<string, DescribedFlag>(Object.entries(command.flags));
  let level = command;
  /** Words behind the last subcommand. */
  let count = 0;
  return {
    owner: {
      ...described,
      word(token) {
        described.word(token);
        const child = level.subcommands.find(({ name }) => name === token.toLowerCase());
        if (child === undefined) {
          count++;
          return;
        }
        [level, count] = [child, 0];
        for (const [name, flag] of Object.entries(child.flags)) flags.set(name, flag);
      },
    },
    flags: (used) => flagOffers(flags, used),
    values(name, typed) {
      const flag = flags.get(name);
      return flag === undefined ? undefined : valueOffers(known, flag, typed);
    },
    words({ used, isLiteral, words }: Walked, typed) {
      const at = isLiteral ? wordsBehind(level, words) : count;
      const argument = level.args[at] ?? lastMulti(level);
      const required = isLiteral ? [] : flagOffers(flags, used).filter(({ group }) => group === REQUIRED_GROUP);
      // Behind an argument, a subcommand's name is an argument.
      const children = at === 0 && !isLiteral ? level.subcommands : [];
      return [
        ...required,
        ...children.map(({ name, about }) => ({ value: name, about: menuText(about) })),
        ...(argument === undefined ? [] : valueOffers(known, argument, typed)),
      ];
    },
  };
}

/** Behind `--` no word was heard of. */
function wordsBehind(level: DescribedCommand, words: readonly string[]): number {
  const start = words.findLastIndex((word) => word.toLowerCase() === level.name);
  return words.length - 1 - start;
}

function lastMulti({ args }: DescribedCommand): Valued | undefined {
  const last = args.at(-1);
  return last?.multi ? last : undefined;
}

/** Each flag once, in its longest spelling; those that were given and can be given once are left out. */
function flagOffers(flags: ReadonlyMap<string, DescribedFlag>, used: ReadonlySet<string>): Offer[] {
  return families(flags).flatMap(({ names, flag }) => {
    if (!flag.multi && names.some((name) => used.has(name))) return [];
    const value = names[0]!;
    const about = menuText(flag.about);
    if (!flag.required || names.some((name) => used.has(name))) return [{ value, about }, ...shorts(names, about)];
    return [{ value, about, display: `${value}*`, group: REQUIRED_GROUP }, ...shorts(names, about)];
  });
}

/** Other spellings come last: whoever knows them types them. */
function shorts(names: readonly string[], about: string | undefined): Offer[] {
  return names.slice(1).map((value) => ({ value, about, group: 4 }));
}

interface Family {
  /** The first long name, then the others. */
  readonly names: readonly string[];
  readonly flag: DescribedFlag;
}

/** A short flag is another spelling of the long one that says the same of itself. */
function families(flags: ReadonlyMap<string, DescribedFlag>): Family[] {
  const byContent = new Map<string, { names: string[]; flag: DescribedFlag }>();
  for (const [name, flag] of flags) {
    // Of flags that say nothing, nobody knows which are the same.
    const content = flag.about === null ? name : JSON.stringify(flag);
    const family = byContent.get(content);
    if (family === undefined) byContent.set(content, { names: [name], flag });
    else if (isLong(name) && family.names.some(isLong)) byContent.set(name, { names: [name], flag });
    else family.names.push(name);
  }
  return [...byContent.values()].map(({ names, flag }) => ({
    names: names.sort((a, b) => Number(isLong(b)) - Number(isLong(a))),
    flag,
  }));
}

function isLong(name: string): boolean {
  return name.startsWith("--");
}

function valueOffers(known: Known, { suggestions, value_type: type }: Valued, typed: string): Offer[] {
  return [
    ...suggestions.map(({ value, meta, display, sort }) => ({
      value,
      about: menuText(meta),
      display: menuText(display),
      sort: sort ?? undefined,
    })),
    ...(type === "path" ? pathOffers(typed, placesOf(known)) : []),
  ];
}
