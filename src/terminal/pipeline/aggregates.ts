// What is typed behind `A`: `count`, `sum(x)`, `sum x`, each with a name behind it or with `AS name`.

import type { Key } from "./paths.ts";
import { type Place, pipelineError } from "./pipeline-error.ts";
import { isKeyword, partOf, type StageWords, type Word, withoutPrefix } from "./stage-words.ts";
import { FIGURES, type Figure } from "./tally.ts";
import { namedKey } from "./verb-key.ts";

export interface Aggregate {
  readonly figure: Figure;
  /** Without one, rows are counted. */
  readonly key: Key | undefined;
  /** Counts the rows in which there is something at the key. */
  readonly isExistence: boolean;
  readonly name: string;
  readonly place: Place;
}

/** Throws `pipeline_invalid` for what is none of these, and for two results of one name. */
export function aggregatesIn({ words, verb }: StageWords): Aggregate[] {
  if (words.length === 0) throw pipelineError(verb, "A needs to know what to compute", HINT);
  const drafts: Draft[] = [];
  for (let at = 0; at < words.length; ) {
    const draft = draftAt(words, at);
    drafts.push(draft);
    at = draft.next;
  }
  const wanted = counted(drafts.map(({ name, otherwise }) => name?.text ?? otherwise));
  const names = drafts.map((draft) => nameOf(draft, wanted));
  const taken = counted(names);
  return drafts.map(({ figure, key, isExistence, place }, at) => {
    const name = names[at]!;
    if (taken.get(name)! > 1)
      throw pipelineError(place, `two results are called "${name}"`, "name them: A sum(x) AS y");
    return { figure, key, isExistence, name, place };
  });
}

const HINT = "for example: | A count, or | A sum(size) AS total";

interface Draft extends Omit<Aggregate, "name"> {
  readonly name: Word | undefined;
  /** What it is called when nobody names it: as it is typed, only the column, or only the figure. */
  readonly otherwise: string;
  /** The first word behind it. */
  readonly next: number;
}

/** How often each name is there. */
function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function nameOf({ name, otherwise, figure: called, key }: Draft, wanted: ReadonlyMap<string, number>): string {
  if (name !== undefined) return name.text;
  // `sum x max x`: the column alone would not tell them apart.
  const isShared = wanted.get(otherwise)! > 1;
  return isShared && key !== undefined ? `${called}(${key.word.text})` : otherwise;
}

function draftAt(words: readonly Word[], at: number): Draft {
  const word = words[at]!;
  const call = callIn(word);
  if (call === undefined) throw pipelineError(word, `"${word.text}" is nothing that A computes`, HINT);
  let next = at + 1;
  let column = call.column;
  const isSpaced = call.column === undefined && !call.isClosed;
  const follows = words[next];
  // Behind `count` alone stands a name, unless it says that it is a column.
  const isColumn = isSpaced && follows !== undefined && !isKeyword(follows, "AS") && callIn(follows) === undefined;
  if (isColumn && (call.figure !== "count" || withoutPrefix(follows, ["?"]).prefix === "?")) {
    column = follows;
    next++;
  }
  if (column === undefined && call.figure !== "count") {
    throw pipelineError(word, `${call.figure} needs a column`, `for example: | A ${call.figure}(size)`);
  }
  const named = nameAt(words, next);
  const { prefix, word: key } = withoutPrefix(column ?? word, ["?"]);
  const isExistence = prefix === "?" && column !== undefined;
  if (isExistence && call.figure !== "count") throw pipelineError(column!, "only count takes a column with ?");
  return {
    figure: call.figure,
    key: column === undefined ? undefined : namedKey(key),
    isExistence,
    name: named.name,
    otherwise: column === undefined ? call.figure : isSpaced ? key.text : `${call.figure}(${column.text})`,
    place: { from: word.from, to: words[named.next - 1]!.to },
    next: named.next,
  };
}

function nameAt(words: readonly Word[], at: number): { name: Word | undefined; next: number } {
  const follows = words[at];
  if (follows === undefined) return { name: undefined, next: at };
  if (isKeyword(follows, "AS")) {
    const name = words[at + 1];
    if (name === undefined) throw pipelineError(follows, "a name is missing behind AS");
    return { name, next: at + 2 };
  }
  return callIn(follows) === undefined ? { name: follows, next: at + 1 } : { name: undefined, next: at };
}

interface Call {
  readonly figure: Figure;
  readonly column: Word | undefined;
  /** Whether there are brackets. */
  readonly isClosed: boolean;
}

/** `sum`, `sum(x)`, `count()` and `count(*)`. */
function callIn(word: Word): Call | undefined {
  const parts = /^([a-z]+)(\(([\s\S]*)\))?$/i.exec(word.text);
  const name = parts?.[1]?.toLowerCase();
  const called = FIGURES.find((one) => one === name);
  if (called === undefined || word.quoted.slice(0, called.length + 1).includes(true)) return undefined;
  if (parts?.[2] === undefined) return { figure: called, column: undefined, isClosed: false };
  const isWhole = called === "count" && ["", "*"].includes(parts[3]!);
  return {
    figure: called,
    column: isWhole ? undefined : partOf(word, called.length + 1, word.text.length - 1),
    isClosed: true,
  };
}
