// Which of all entries of a key counts, and what it comes to once its placeholders are filled in. Each key is worked out
// when it is first asked for.

import { CONFIG_FILLED_CHARS_MAX, CONFIG_PLACEHOLDER_DEPTH_MAX, CONFIG_TEXT_CHARS_MAX } from "../protocol/limits.ts";
import { valueProblem } from "./check-entry.ts";
import { coerceValue } from "./coerce-value.ts";
import type { ConfigCandidate, ConfigScalar, ConfigValue, InterpolationStep, ResolvedEntry } from "./config.ts";
import { keyId } from "./key-names.ts";
import { holdsPlaceholder, parsePlaceholders } from "./placeholders.ts";
import { isPresented, presentedValue } from "./presentation.ts";
import { type DefaultFacts, keySpec, schemaKeys } from "./schema.ts";
import { isSecretName } from "./secret-names.ts";
import { EVERYWHERE, isInScope, type StoredEntry } from "./stored-entry.ts";
import { valueText } from "./value-text.ts";

export interface ResolverInput {
  readonly entries: readonly StoredEntry[];
  /** Null before it is chosen: then only what holds for all profiles counts. */
  readonly profile: string | null;
  readonly facts: Omit<DefaultFacts, "text" | "profile">;
}

export interface Resolver {
  /** Throws a `FillError` when placeholders lead nowhere or the filled-in value does not fit. */
  find(key: string): ResolvedEntry | undefined;
  /** All entries that hold here, strongest first, `derived` and built-in ones included. */
  candidates(key: string): readonly ConfigCandidate[];
  /** What the placeholders of the key's winner were filled in with. */
  steps(key: string): readonly InterpolationStep[];
  /** One name for each key that has a value. */
  ids(): readonly string[];
}

/** The value of an entry cannot be worked out. Its `entry` is the very one that was given to the resolver. */
export class FillError extends Error {
  readonly entry: ConfigCandidate;

  constructor(entry: ConfigCandidate, text: string) {
    super(text);
    this.entry = entry;
  }
}

interface Work extends ResolverInput {
  readonly stored: ReadonlyMap<string, readonly StoredEntry[]>;
  readonly done: Map<string, { entry: ResolvedEntry | undefined; steps: readonly InterpolationStep[] }>;
  filledChars: number;
}

/** A resolver for one profile and terminal. Costs next to nothing until it is asked. */
export function createResolver(input: ResolverInput): Resolver {
  const work: Work = { ...input, stored: byStrength(input), done: new Map(), filledChars: 0 };
  return {
    find: (key) => resolve(work, keyId(key), []).entry,
    steps: (key) => resolve(work, keyId(key), []).steps,
    candidates: (key) => candidatesOf(work, keyId(key), []),
    ids: () => {
      const ids = new Set([...work.stored.keys(), ...schemaKeys()]);
      return [...ids].filter((id) => candidatesOf(work, id, []).length > 0);
    },
  };
}

/** The entries that hold here, by key, the strongest first. */
function byStrength({ entries, profile, facts }: ResolverInput): Map<string, StoredEntry[]> {
  const byKey = new Map<string, StoredEntry[]>();
  for (const entry of entries) {
    if (!isInScope(entry.scope, profile, facts.terminal)) continue;
    const id = keyId(entry.key);
    const others = byKey.get(id);
    if (others === undefined) byKey.set(id, [entry]);
    else others.push(entry);
  }
  for (const list of byKey.values()) {
    list.reverse(); // Of equals the later one counts, and sorting keeps the order of equals.
    list.sort((a, b) => b.rank - a.rank || specificity(b) - specificity(a));
  }
  return byKey;
}

function specificity({ scope }: StoredEntry): number {
  return (scope.profile === null ? 0 : 2) + (scope.terminal === null ? 0 : 1);
}

function candidatesOf(work: Work, id: string, chain: readonly string[]): ConfigCandidate[] {
  const builtIn = { key: id, scope: EVERYWHERE, origin: null, isSecret: isSecretName(id) };
  if (id === "profile.active") {
    return work.profile === null ? [] : [{ ...builtIn, value: work.profile, source: "derived" }];
  }
  const found: ConfigCandidate[] = [...(work.stored.get(id) ?? [])];
  const presented = presentation(work, id, chain);
  if (presented !== undefined) found.push({ ...builtIn, ...presented, source: "presentation" });
  const value = defaultValue(work, id, chain);
  if (value !== undefined) found.push({ ...builtIn, value, source: "defaults" });
  return found;
}

function presentation(work: Work, id: string, chain: readonly string[]) {
  if (!isPresented(id)) return undefined;
  const preset = resolve(work, "ui.presentation", [...chain, id]).entry?.resolved;
  const value = typeof preset === "string" ? presentedValue(preset, id) : undefined;
  return value === undefined ? undefined : { value, origin: `ui.presentation = "${preset}"` };
}

function defaultValue(work: Work, id: string, chain: readonly string[]): ConfigValue | undefined {
  const fallback = keySpec(id)?.default;
  if (typeof fallback !== "function") return fallback;
  const text = (key: string) => {
    const value = resolve(work, key, [...chain, id]).entry?.resolved;
    return value === undefined ? undefined : valueText(value);
  };
  return fallback({ ...work.facts, profile: work.profile ?? "", text });
}

function resolve(work: Work, id: string, chain: readonly string[]) {
  const done = work.done.get(id);
  if (done !== undefined) return done;
  const entry = winner(work, id, chain);
  const result = entry === undefined ? { entry: undefined, steps: [] } : fill(work, entry, [...chain, id]);
  work.done.set(id, result);
  return result;
}

/** The strongest candidate. The built-in ones are worked out only when there is nothing else. */
function winner(work: Work, id: string, chain: readonly string[]): ConfigCandidate | undefined {
  return (id === "profile.active" ? undefined : work.stored.get(id)?.[0]) ?? candidatesOf(work, id, chain)[0];
}

/** Fills in an entry's placeholders. What is built in has none, and folders may have names that look like one. */
function fill(work: Work, entry: ConfigCandidate, chain: readonly string[]) {
  const steps: InterpolationStep[] = [];
  const isOwn = "rank" in entry;
  if (!isOwn) return { entry: { ...entry, resolved: entry.value }, steps };
  if (!holdsPlaceholder(entry.key, entry.value))
    return { entry: { ...entry, resolved: typed(entry, entry.value, entry.isSecret) }, steps };
  const item = (value: ConfigScalar) =>
    typeof value === "string" ? fillText(work, entry, value, chain, steps) : value;
  const filled = Array.isArray(entry.value) ? entry.value.map(item) : item(entry.value as ConfigScalar);
  const isSecret = entry.isSecret || steps.some((step) => step.entry.isSecret);
  return { entry: { ...entry, isSecret, resolved: typed(entry, filled, isSecret) }, steps };
}

function fillText(
  work: Work,
  entry: ConfigCandidate,
  text: string,
  chain: readonly string[],
  steps: InterpolationStep[],
): string {
  const pieces = parsePlaceholders(text);
  if (typeof pieces === "string") throw broken(entry, pieces);
  const texts: string[] = [];
  let chars = 0;
  for (const piece of pieces) {
    const part = "text" in piece ? piece.text : fillPlaceholder(work, entry, piece.key, chain, steps);
    chars += part.length;
    work.filledChars += part.length;
    if (chars > CONFIG_TEXT_CHARS_MAX) throw broken(entry, `is longer than ${CONFIG_TEXT_CHARS_MAX} characters`);
    if (work.filledChars > CONFIG_FILLED_CHARS_MAX) {
      throw broken(entry, `makes all values together longer than ${CONFIG_FILLED_CHARS_MAX} characters`);
    }
    texts.push(part);
  }
  return texts.join("");
}

function fillPlaceholder(
  work: Work,
  entry: ConfigCandidate,
  key: string,
  chain: readonly string[],
  steps: InterpolationStep[],
): string {
  const id = keyId(key);
  const start = chain.indexOf(id);
  if (start !== -1) {
    throw broken(entry, `refers to itself: ${[chain.at(-1), ...chain.slice(start)].join(" → ")}`);
  }
  if (chain.length > CONFIG_PLACEHOLDER_DEPTH_MAX) {
    throw broken(entry, `has placeholders within placeholders, more than ${CONFIG_PLACEHOLDER_DEPTH_MAX} deep`);
  }
  const target = resolve(work, id, chain).entry;
  if (target === undefined) throw broken(entry, `refers to "${key}", which has no value`);
  if (Array.isArray(target.resolved)) throw broken(entry, `refers to "${key}", which is a list`);
  steps.push({ placeholder: key, entry: target });
  return valueText(target.resolved);
}

function typed(entry: ConfigCandidate, value: ConfigValue, isSecret: boolean): ConfigValue {
  const coerced = coerceValue(entry.key, value);
  if ("value" in coerced) return coerced.value;
  throw new FillError(entry, valueProblem(entry.key, value, isSecret) ?? "");
}

function broken(entry: ConfigCandidate, text: string): FillError {
  return new FillError(entry, `"${entry.key}" ${text}`);
}
