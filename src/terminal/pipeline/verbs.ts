// All verbs: what the help, the documentation and the completion know of them, and how their words are read.

import type { StageWords } from "./stage-words.ts";
import type { CompiledVerb } from "./verb.ts";
import { compileAggregate } from "./verbs/aggregate.ts";
import { compileClean } from "./verbs/clean.ts";
import { compileCollapse } from "./verbs/collapse.ts";
import { compileCount } from "./verbs/count.ts";
import { compileFilter } from "./verbs/filter.ts";
import { compileGroup } from "./verbs/group.ts";
import { compileJq } from "./verbs/jq.ts";
import { compileLimit } from "./verbs/limit.ts";
import { compileProject } from "./verbs/project.ts";
import { compileKeySearch, compileValueSearch } from "./verbs/quick.ts";
import { compileCopy, compileHelp } from "./verbs/same.ts";
import { compileSort } from "./verbs/sort.ts";
import { compileUnroll } from "./verbs/unroll.ts";
import { compileValues } from "./verbs/values.ts";

export interface Verb {
  /** In capitals; typed in any case. */
  readonly name: string;
  /** Another name for the same. */
  readonly alias?: string;
  readonly syntax: string;
  /** One line, beginning with a small letter, without a full stop. */
  readonly about: string;
  /** What else the help of this verb says, a line each. */
  readonly notes: readonly string[];
  /** Works on rows with the members host, floor, ports, tags and owner. */
  readonly example: string;
  /** Throws `pipeline_invalid` for words that make no stage. */
  compile(words: StageWords): CompiledVerb;
}

/** In the order in which people meet them. */
export const VERBS: readonly Verb[] = [
  {
    name: "F",
    syntax: "F [!]key [= == != > >= < <= ~ !~] value",
    about: "filter: keeps the rows in which a value fits; without an operator, in which it contains the text",
    notes: [
      '"F key" keeps the rows in which the key has content, "F !key" the others.',
      '"=" and "!=" compare whole texts without regard to case, "==" with it; "~" and "!~" take a regular expression.',
      '"<" and ">" compare numbers and points in time, never texts.',
      "The value is the rest of the stage; in front of it ! turns the answer round.",
    ],
    example: "F floor >= 2",
    compile: compileFilter,
  },
  {
    name: "P",
    syntax: "P key, key !key",
    about: "project: keeps these members, or all but those with !",
    notes: [
      '"P !a" keeps everything but a. "=a" finds a by its whole name, "==a" also by its case.',
      "A path through a list, such as disks[].size, makes a row for each item.",
    ],
    example: "P host, floor",
    compile: compileProject,
  },
  {
    name: "S",
    syntax: "S key !key [AS num|str|ip]",
    about: "sort: by one key after the other, with ! from the largest down",
    notes: ["What is no value comes last, also from the largest down."],
    example: "S !floor host",
    compile: compileSort,
  },
  {
    name: "L",
    syntax: "L number [offset]",
    about: "limit: the first rows, or with a negative number the last",
    notes: ['"L 10 20" leaves out the first 20; "L -5" gives the last five.'],
    example: "L 2",
    compile: compileLimit,
  },
  {
    name: "G",
    syntax: "G key ?key key[] [AS name]",
    about: "group: rows with the same values together",
    notes: ['"?key" groups by whether there is content, "key[]" by each item of a list.'],
    example: "G floor",
    compile: compileGroup,
  },
  {
    name: "A",
    syntax: "A count | sum(key) | avg(key) | min(key) | max(key) [AS name]",
    about: "aggregate: one figure for all rows, or for each group",
    notes: ["On groups, the figure is added to each."],
    example: "A sum(ports) AS total",
    compile: compileAggregate,
  },
  {
    name: "Z",
    syntax: "Z",
    about: "collapse: a row for each group, with what was computed over it",
    notes: ["Only behind G."],
    example: "G floor | A count | Z",
    compile: compileCollapse,
  },
  {
    name: "C",
    syntax: "C",
    about: "count: how many rows there are, in each group where there are groups",
    notes: [],
    example: "C",
    compile: compileCount,
  },
  {
    name: "U",
    syntax: "U key",
    about: "unroll: a row for each item of a list",
    notes: ["A row whose list is empty goes; one without such a key stays as it is."],
    example: "U tags",
    compile: compileUnroll,
  },
  {
    name: "VALUE",
    alias: "VAL",
    syntax: "VALUE [key, key]",
    about: "only the values, one a line",
    notes: ["Without a key, the values of all members."],
    example: "VALUE host",
    compile: compileValues,
  },
  {
    name: "?",
    syntax: "? [key]",
    about: "drops members without content, or keeps the rows in which the key has some",
    notes: ['"? !key" keeps the rows in which the key has no content.'],
    example: "? owner",
    compile: compileClean,
  },
  {
    name: "K",
    syntax: "K text",
    about: "search in the keys alone",
    notes: ['"K !text" keeps the rows without such a key, "K =text" those with this very key.'],
    example: "K team",
    compile: compileKeySearch,
  },
  {
    name: "V",
    syntax: "V text",
    about: "search in the values alone",
    notes: ['"V !text" keeps the rows without such a value, "V =text" those with this very value.'],
    example: "V kiosk",
    compile: compileValueSearch,
  },
  {
    name: "JQ",
    syntax: "JQ 'expression'",
    about: "what a jq expression makes of the list of all rows",
    notes: [
      "Quote the expression: a bar outside of quotes ends the stage.",
      'For your system\'s shell, one word that begins with "JQ " is one stage, bars and all.',
    ],
    example: "JQ 'map(.host)'",
    compile: compileJq,
  },
  {
    name: "Y",
    syntax: "Y",
    about: "yank: copies what is printed to the clipboard too",
    notes: [],
    example: "Y",
    compile: compileCopy,
  },
  {
    name: "H",
    syntax: "H [verb]",
    about: "help about the verbs; the command is not run",
    notes: [],
    example: "H F",
    compile: compileHelp,
  },
];

const BY_NAME = new Map(VERBS.flatMap((verb) => [verb.name, verb.alias ?? verb.name].map((name) => [name, verb])));

/** In any case. */
export function verbNamed(name: string): Verb | undefined {
  return BY_NAME.get(name.toUpperCase());
}
