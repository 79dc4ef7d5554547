// Takes parts out of nested data, or leaves parts away, and keeps the nesting around the rest.

import type { OrderedJson } from "../../base/ordered-json.ts";
import { isEmpty } from "./documents.ts";
import { chosenPlaces, type Step } from "./paths.ts";

/** What is meant of a value: all of it, what steps lead to, or everything below members with a fitting name. */
export type Mask =
  | { readonly kind: "whole" }
  | { readonly kind: "steps"; readonly steps: readonly Step[] }
  | { readonly kind: "names"; readonly fits: (name: string) => boolean };

const WHOLE: Mask = { kind: "whole" };

/** What the masks mean of a value; undefined for nothing. Arrays close up. */
export function masked(value: OrderedJson, masks: readonly Mask[]): OrderedJson | undefined {
  if (masks.some(isWhole)) return value;
  if (Array.isArray(value)) {
    const items = keptItems(value, masks);
    return items.length === 0 ? undefined : items;
  }
  if (!(value instanceof Map)) return undefined;
  const kept = new Map<string, OrderedJson>();
  for (const [name, member] of value) {
    const below = masksBelow(masks, name);
    const part = below.length === 0 ? undefined : masked(member, below);
    if (part !== undefined) kept.set(name, part);
  }
  return kept.size === 0 ? undefined : kept;
}

/** The masks for a member of an object. */
export function masksBelow(masks: readonly Mask[], name: string): Mask[] {
  return masks.flatMap((mask): Mask[] => {
    if (mask.kind === "names") return [mask.fits(name) ? WHOLE : mask];
    if (mask.kind === "whole") return [mask];
    const [step, ...rest] = mask.steps;
    return step?.kind === "name" && step.name === name ? [stepsMask(rest)] : [];
  });
}

export function stepsMask(steps: readonly Step[]): Mask {
  return steps.length === 0 ? WHOLE : { kind: "steps", steps };
}

function keptItems(items: readonly OrderedJson[], masks: readonly Mask[]): OrderedJson[] {
  const chosen = masks.map((mask) => placesOf(items, mask));
  return items.flatMap((item, at) => {
    const below = masks.flatMap((mask, index) => (chosen[index]?.has(at) === false ? [] : [itemMask(mask)]));
    const part = below.length === 0 ? undefined : masked(item, below);
    return part === undefined ? [] : [part];
  });
}

/** The places that a mask is about, where it chooses any. */
function placesOf(items: readonly OrderedJson[], mask: Mask): Set<number> | undefined {
  const step = mask.kind === "steps" ? mask.steps[0]! : undefined;
  return step === undefined || step.kind === "name" ? undefined : new Set(chosenPlaces(items.length, step));
}

/** A name goes through the items of an array. */
function itemMask(mask: Mask): Mask {
  return mask.kind === "steps" && mask.steps[0]!.kind !== "name" ? stepsMask(mask.steps.slice(1)) : mask;
}

function isWhole({ kind }: Mask): boolean {
  return kind === "whole";
}

/** A value without what the mask means; undefined when nothing is left. What was empty before stays. */
export function unmasked(value: OrderedJson, mask: Mask): OrderedJson | undefined {
  if (mask.kind === "whole") return undefined;
  if (Array.isArray(value)) {
    const chosen = placesOf(value, mask);
    const below = itemMask(mask);
    const left = value.flatMap((item, at) => {
      const part = chosen?.has(at) === false ? item : unmasked(item, below);
      return part === undefined ? [] : [part];
    });
    return left.length === 0 && value.length > 0 ? undefined : left;
  }
  if (!(value instanceof Map)) return value;
  const left = new Map<string, OrderedJson>();
  for (const [name, member] of value) {
    const [below] = masksBelow([mask], name);
    const part = below === undefined || (isEmpty(member) && below.kind !== "whole") ? member : unmasked(member, below);
    if (part !== undefined) left.set(name, part);
  }
  return left.size === 0 && value.size > 0 ? undefined : left;
}
