// Puts values that flags gave at their places in the arguments of a call: members of objects inside of objects, items of
// lists. Two flags that both give the same thing are refused, with the names of both.

import type { JsonObject, OrderedJson } from "../base/ordered-json.ts";
import type { ToolFlag } from "./native-flags.ts";
import { usageError } from "./usage-error.ts";

/** What flags gave so far at one place. `whole` is all that is there, `list` grows item by item, the others have flags inside. */
type Place =
  | { readonly kind: "whole"; readonly name: string; readonly value: OrderedJson }
  | { readonly kind: "list"; readonly name: string; readonly items: OrderedJson[] }
  | { readonly kind: "object" | "items"; readonly name: string; readonly inner: Map<string | number, Place> };

export class GivenArguments {
  readonly #top = new Map<string | number, Place>();
  /** Names as they were typed, by the way to what they gave. */
  readonly #names = new Map<string, string>();

  /** A list adds all of its items where it can be no item itself. Throws `usage_invalid` when another flag gave it, or part of it, or all of what it is part of. */
  give(
    { path, isList, takesMany }: Pick<ToolFlag, "path" | "isList" | "takesMany">,
    name: string,
    value: OrderedJson,
  ): void {
    const areMany = takesMany && Array.isArray(value);
    let places = this.#top;
    for (const [depth, part] of path.slice(0, -1).entries()) {
      const kind = typeof path[depth + 1] === "number" ? "items" : "object";
      const place: Place = places.get(part) ?? { kind, name, inner: new Map() };
      if (place.kind !== "object" && place.kind !== "items") throw conflict(place.name, name);
      places.set(part, place);
      places = place.inner;
    }
    const last = path.at(-1)!;
    const there = places.get(last);
    this.#names.set(path.join("."), name);
    if (there === undefined)
      places.set(
        last,
        isList ? { kind: "list", name, items: areMany ? [...value] : [value] } : { kind: "whole", name, value },
      );
    else if (there.kind === "list" && isList) there.items.push(...(areMany ? value : [value]));
    else if (there.kind === "whole") throw usageError(`${name} is there twice`);
    else throw conflict(there.name, name);
  }

  has(property: string): boolean {
    return this.#top.has(property);
  }

  /** The flag that gave what an error is about, or what that lies in, as it was typed. */
  nameFor(field: string): string | undefined {
    const within = [...this.#names.keys()].filter((path) => field === path || field.startsWith(`${path}.`));
    const longest = within.reduce((best, path) => (path.length > best.length ? path : best), "");
    return this.#names.get(longest);
  }

  /** The arguments with all that was given put into them. Throws `usage_invalid` for an item behind the end of its list. */
  onto(whole: JsonObject): JsonObject {
    return placedInObject(whole, this.#top);
  }
}

function placed(there: OrderedJson | undefined, place: Place): OrderedJson {
  switch (place.kind) {
    case "whole":
      return place.value;
    case "list":
      return place.items;
    case "object":
      return placedInObject(there instanceof Map ? there : new Map(), place.inner);
    case "items":
      return placedInList(Array.isArray(there) ? there : [], place.inner);
  }
}

function placedInObject(there: JsonObject, inner: ReadonlyMap<string | number, Place>): JsonObject {
  const object: JsonObject = new Map(there);
  for (const [member, place] of inner) object.set(String(member), placed(object.get(String(member)), place));
  return object;
}

function placedInList(there: readonly OrderedJson[], inner: ReadonlyMap<string | number, Place>): OrderedJson[] {
  const list = [...there];
  for (const [index, place] of [...inner].sort(([a], [b]) => Number(a) - Number(b))) {
    if (Number(index) > list.length)
      throw usageError(`${place.name}: the list has no item ${list.length}`, "items count from 0");
    list[Number(index)] = placed(list[Number(index)], place);
  }
  return list;
}

function conflict(first: string, second: string): Error {
  if (first === second) return usageError(`${first} is there twice`);
  return usageError(`${first} and ${second} both give the same argument`, "use one of them");
}
