// `F` with a path into a document: of the innermost array on the path, the items that fit stay, whole. Everything beside
// the path stays as it is.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { Condition } from "./condition.ts";
import { isEmpty } from "./documents.ts";
import { chosenPlaces, type Step, valuesAtSteps } from "./paths.ts";

/** `null` where nothing is left. */
export function filterAtPath(document: OrderedJson, steps: readonly Step[], condition: Condition): OrderedJson {
  return kept(document, steps, (value, rest) => condition.decide([valuesAtSteps(value, rest)])[0]!) ?? null;
}

type Fits = (value: OrderedJson, rest: readonly Step[]) => boolean;

/** What is left of a value that the steps are about; undefined for nothing. */
function kept(value: OrderedJson, steps: readonly Step[], fits: Fits): OrderedJson | undefined {
  if (!crossesArray(value, steps)) return fits(value, steps) ? value : undefined;
  const [step, ...rest] = steps as [Step, ...Step[]];
  if (value instanceof Map) {
    const name = (step as Extract<Step, { kind: "name" }>).name;
    const member = kept(value.get(name)!, rest, fits);
    const changed = new Map(value);
    if (member === undefined || isEmpty(member)) changed.delete(name);
    else changed.set(name, member);
    return changed;
  }
  const items = value as OrderedJson[];
  const isName = step.kind === "name";
  const chosen = new Set(isName ? items.keys() : chosenPlaces(items.length, step));
  const behind = isName ? steps : rest;
  const goesDeeper = items.some((item) => crossesArray(item, behind));
  return items.flatMap((item, at) => {
    // An item that the path does not lead into, though it does lead into others, is beside it.
    if (!chosen.has(at) || (goesDeeper && !leadsSomewhere(item, behind))) return [item];
    const left = kept(item, behind, fits);
    return left === undefined || isEmpty(left) ? [] : [left];
  });
}

function leadsSomewhere(value: OrderedJson, steps: readonly Step[]): boolean {
  return valuesAtSteps(value, steps).length > 0;
}

/** Whether a step is taken on an array. */
export function crossesArray(value: OrderedJson, steps: readonly Step[]): boolean {
  let at: OrderedJson | undefined = value;
  for (const step of steps) {
    if (Array.isArray(at)) return true;
    at = step.kind === "name" && at instanceof Map ? at.get(step.name) : undefined;
    if (at === undefined) return false;
  }
  return false;
}
