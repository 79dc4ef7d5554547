// What could stand behind a `|`: verbs, and the keys of the newest result, which is what most stages are about.

import type { OrderedJson } from "../../base/ordered-json.ts";
import { VERBS } from "../../terminal/pipeline/verbs.ts";
import { rowsOf } from "../../terminal/rows.ts";
import type { KeptResult } from "../session.ts";
import { inOrder } from "./known-values.ts";
import { isShowable, NOWHERE, type Offer, type Place } from "./offer.ts";

/** Rows of one result are mostly alike. */
const ROWS_LOOKED_AT_MAX = 200;
const KEYS_MAX = 500;
const KEY_DEPTH_MAX = 4;
/** What may stand in front of a key, and in front of an argument of a function. */
const BEFORE_KEY = /^(?:[!?=]+|(?:count|sum|avg|min|max)\((?:\?)?)/i;
const FUNCTIONS = ["count", "sum", "avg", "min", "max"];
const CASTS = ["num", "str", "ip", "auto"];
/** Verbs that are about nothing, or about numbers or an expression. */
const WITHOUT_KEYS: ReadonlySet<string> = new Set(["Z", "C", "L", "Y", "JQ", "V"]);

/**
 * The place at the end of a stage.
 *
 * @param words the words of the stage before the current one.
 * @param last the newest result of the session, if there is one.
 */
export function placeInStage(words: readonly string[], current: string, last: KeptResult | undefined): Place {
  const keys = () => (last === undefined ? [] : keyOffers(last));
  const verb = words[0]?.toUpperCase();
  if (verb === undefined) {
    const verbs = VERBS.map(({ name, about }, index) => ({ value: name, about, sort: String(index) }));
    return { kept: "", typed: current, offers: [...verbs, ...keys().map((key) => ({ ...key, group: 1 }))] };
  }
  if (verb === "H")
    return { kept: "", typed: current, offers: VERBS.map(({ name, about }) => ({ value: name, about })) };
  if (WITHOUT_KEYS.has(verb)) return NOWHERE;
  const isCast = words.at(-1)?.toUpperCase() === "AS";
  if (isCast) return { kept: "", typed: current, offers: verb === "S" ? inOrder(CASTS) : [] };
  // A list of keys goes on behind a comma.
  const comma = verb === "P" || verb.startsWith("VAL") ? current.lastIndexOf(",") + 1 : 0;
  const before = comma + (BEFORE_KEY.exec(current.slice(comma))?.[0].length ?? 0);
  const functions = verb === "A" && words.length === 1 && before === 0 ? inOrder(FUNCTIONS) : [];
  return { kept: current.slice(0, before), typed: current.slice(before), offers: [...functions, ...keys()] };
}

/** The keys of the result's rows, those of nested objects with dots; in the order in which they are first seen. */
function keyOffers({ data, meta }: KeptResult): Offer[] {
  const keys = new Set<string>();
  for (const row of rowsOf(data, meta).slice(0, ROWS_LOOKED_AT_MAX)) addKeys(row, "", 1, keys);
  return [...keys]
    .filter(isShowable)
    .map((value, index) => ({ value, about: "a key of the last result", sort: String(index).padStart(4, "0") }));
}

function addKeys(value: OrderedJson, path: string, depth: number, keys: Set<string>): void {
  if (!(value instanceof Map) || depth > KEY_DEPTH_MAX) return;
  for (const [name, member] of value) {
    if (keys.size >= KEYS_MAX) return;
    // In a path, a name with these in it would be taken apart.
    if (path !== "" && /[.[\]]/.test(name)) continue;
    keys.add(`${path}${name}`);
    addKeys(member, `${path}${name}.`, depth + 1, keys);
  }
}
