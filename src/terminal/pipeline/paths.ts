// What a word in a stage addresses: a path that leads to exact places (`owner.team`, `disks[0].size`), or a bare name,
// which finds the members that it probably means.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { HostError } from "../../protocol/errors.ts";
import { PIPELINE_PATH_STEPS_MAX } from "../../protocol/limits.ts";
import { type Exactness, leavesNamed } from "./flat-keys.ts";
import { type Place, pipelineError, shown } from "./pipeline-error.ts";
import { partOf, type Word } from "./stage-words.ts";

/** `all` is `[]`; the ends of a slice are as in Python. */
export type Step =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "all" }
  | { readonly kind: "index"; readonly index: number }
  | {
      readonly kind: "slice";
      readonly start: number | undefined;
      readonly end: number | undefined;
      readonly by: number;
    };

export type Key = PathKey | BareKey;

export interface PathKey {
  readonly kind: "path";
  readonly word: Word;
  readonly steps: readonly Step[];
  /** The names, where the steps are nothing else. */
  readonly names: readonly string[] | undefined;
}

interface BareKey {
  readonly kind: "bare";
  readonly word: Word;
  readonly name: string;
  readonly exactness: Exactness;
}

/** Throws `pipeline_invalid` for an empty word and for a path that is none. */
export function parseKey(word: Word, exactness: Exactness = "loose"): Key {
  if (word.text === "") throw pipelineError(missingAt(word), "a name is missing: a key cannot be empty");
  refuseComma(word);
  if (!isStructural(word)) return { kind: "bare", word, name: word.text, exactness };
  const steps = parseSteps(word);
  if (steps.length > PIPELINE_PATH_STEPS_MAX) {
    throw pipelineError(word, `the path ${shown(word)} has more than ${PIPELINE_PATH_STEPS_MAX} steps`);
  }
  const names = steps.flatMap((step) => (step.kind === "name" ? [step.name] : []));
  return { kind: "path", word, steps, names: names.length === steps.length ? names : undefined };
}

/** Verbs that take a list have cut it at its commas before. */
function refuseComma(word: Word): void {
  const at = charsOf(word).indexOf(",");
  if (at === -1) return;
  const hint = "leave out the comma, or quote a name that has one in it";
  throw pipelineError(partOf(word, at, at + 1), "keys are parted by spaces here", hint);
}

/** Nothing cannot be pointed at; what stands in front of it can. */
function missingAt({ from, to }: Word): Place {
  return { from: from === to ? Math.max(0, from - 1) : from, to };
}

/** Whether the word has a `.`, `[` or `]` that is not quoted. */
export function isStructural(word: Word): boolean {
  return charsOf(word).some((char) => char === "." || char === "[" || char === "]");
}

/** The characters that have a meaning, and "" for those that were quoted. */
function charsOf({ text, quoted }: Word): string[] {
  return Array.from({ length: text.length }, (_, at) => (quoted[at] ? "" : text[at]!));
}

function parseSteps(word: Word): Step[] {
  const chars = charsOf(word);
  const steps: Step[] = [];
  let at = 0;
  while (at < chars.length) {
    if (chars[at] === "]") throw pathError(partOf(word, at, at + 1), `a "]" closes nothing in ${shown(word)}`);
    if (chars[at] === "[") {
      const close = chars.indexOf("]", at);
      if (close === -1) throw pathError(partOf(word, at, at + 1), `a "[" is not closed in ${shown(word)}`);
      const step = parseBrackets(word.text.slice(at + 1, close));
      if (step === undefined)
        throw pathError(
          partOf(word, at, close + 1),
          `between brackets stands an index, a slice, or nothing, unlike in ${shown(word)}`,
        );
      steps.push(step);
      at = close + 1;
      continue;
    }
    const isDot = chars[at] === ".";
    if (isDot) at++;
    else if (at > 0) throw pathError(partOf(word, at, at + 1), `a "." is missing behind a "]" in ${shown(word)}`);
    const begun = at;
    while (at < chars.length && !".[]".includes(chars[at]! || "x")) at++;
    if (at > begun) steps.push({ kind: "name", name: word.text.slice(begun, at) });
    // `.` alone and `.[0]` begin at the root.
    else if (begun !== 1 || (at < chars.length && chars[at] !== "[")) {
      throw pathError(partOf(word, Math.max(0, begun - 1), begun), `a name is missing behind a "." in ${shown(word)}`);
    }
  }
  return steps;
}

function pathError(place: Place, message: string): HostError {
  return pipelineError(place, message, "paths look like a.b, a[0].b, a[] or a[1:3]; quote a name that has dots in it");
}

const INDEX = /^-?\d{1,15}$/;

function parseBrackets(text: string): Step | undefined {
  const inner = text.trim();
  if (inner === "") return { kind: "all" };
  if (INDEX.test(inner)) return { kind: "index", index: Number(inner) };
  const parts = inner.split(":").map((part) => part.trim());
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => part === "" || INDEX.test(part))) return undefined;
  const [start, end, by = 1] = parts.map((part) => (part === "" ? undefined : Number(part)));
  return by === 0 ? undefined : { kind: "slice", start, end, by };
}

/**
 * What stands at the key, in the order of the data; nothing when there is no such place. Arrays are given as they are:
 * whoever wants their items takes `expanded`.
 */
export function valuesAt(root: OrderedJson, key: Key): readonly OrderedJson[] {
  if (key.kind === "path") return valuesAtSteps(root, key.steps);
  if (!(root instanceof Map)) return [];
  const value = root.get(key.name);
  if (value !== undefined) return [value];
  return leavesNamed(root, key.name, key.exactness).map((leaf) => leaf.value);
}

/** Whether the key means a place of the value itself: a path that leads somewhere, or the very name of a member. */
export function leadsFromTop(root: OrderedJson, key: Key): boolean {
  if (key.kind === "path") return valuesAtSteps(root, key.steps).length > 0;
  return root instanceof Map && root.has(key.name);
}

export function valuesAtSteps(root: OrderedJson, steps: readonly Step[]): OrderedJson[] {
  let at = 0;
  let value: OrderedJson = root;
  // From object to object there is one way, which most paths go to the end.
  for (; at < steps.length && value instanceof Map; at++) {
    const step = steps[at]!;
    const member: OrderedJson | undefined = step.kind === "name" ? value.get(step.name) : undefined;
    if (member === undefined) return [];
    value = member;
  }
  return at === steps.length ? [value] : fannedValues(value, steps.slice(at));
}

function fannedValues(root: OrderedJson, steps: readonly Step[]): OrderedJson[] {
  let values: OrderedJson[] = [root];
  for (const step of steps) {
    const next: OrderedJson[] = [];
    for (const value of values) for (const one of taken(value, step)) next.push(one);
    values = next;
  }
  return values;
}

/** What a step leads to. A name on an array goes through its items. */
function taken(value: OrderedJson, step: Step): readonly OrderedJson[] {
  if (step.kind !== "name") return Array.isArray(value) ? chosenPlaces(value.length, step).map((at) => value[at]!) : [];
  if (Array.isArray(value)) return value.flatMap((item) => (item instanceof Map ? taken(item, step) : []));
  const member = value instanceof Map ? value.get(step.name) : undefined;
  return member === undefined ? [] : [member];
}

/** Which items of an array of `length` a step in brackets takes, in its order. */
export function chosenPlaces(length: number, step: Exclude<Step, { kind: "name" }>): number[] {
  if (step.kind === "all") return Array.from({ length }, (_, at) => at);
  if (step.kind === "index") {
    const at = step.index < 0 ? length + step.index : step.index;
    return at >= 0 && at < length ? [at] : [];
  }
  const { start, end, by } = step;
  const within = (at: number, least: number, most: number) =>
    Math.min(Math.max(at < 0 ? at + length : at, least), most);
  const places: number[] = [];
  if (by > 0) {
    const stop = within(end ?? length, 0, length);
    for (let at = within(start ?? 0, 0, length); at < stop; at += by) places.push(at);
  } else {
    const stop = end === undefined ? -1 : within(end, -1, length - 1);
    for (let at = start === undefined ? length - 1 : within(start, -1, length - 1); at > stop; at += by)
      places.push(at);
  }
  return places;
}

/** The values, with the items of arrays, however deep, in their places. */
export function expanded(values: readonly OrderedJson[]): readonly OrderedJson[] {
  if (!values.some(Array.isArray)) return values;
  const all: OrderedJson[] = [];
  const visit = (value: OrderedJson): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else all.push(value);
  };
  for (const value of values) visit(value);
  return all;
}
