// Models often write an object or a list as a text that holds JSON. Where the schema wants the one and has no use for
// the other, the text is replaced by what it holds.

import { type JsonObject, JsonSyntaxError, type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import { isObject, type Schema } from "./tidy-schema.ts";

export interface Unwrapper {
  /** Whether there may be such a text in the value. Quick, because mostly there is none. */
  mayChange(value: unknown): boolean;
  /** The value without such texts; the very same value when there was none. Members are replaced in place. */
  unwrap(value: OrderedJson): OrderedJson;
}

/** What a schema says of such texts; nothing when it wants no object and no list anywhere. */
export function unwrapperOf(schema: Schema): Unwrapper | undefined {
  if (typeof schema === "boolean") return undefined;
  const types = [schema["type"]].flat();
  const wanted = types.includes("string") ? [] : types.filter((type) => type === "array" || type === "object");
  const members = new Map<string, Unwrapper>();
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
  for (const [name, member] of Object.entries(properties)) {
    const unwrapper = unwrapperOf(member);
    if (unwrapper !== undefined) members.set(name, unwrapper);
  }
  if (wanted.length === 0 && members.size === 0) return undefined;
  return {
    mayChange(value) {
      if (typeof value === "string") return wanted.length > 0 && /^\s*[[{]/.test(value);
      if (!isObject(value) || members.size === 0) return false;
      for (const name of Object.keys(value)) if (members.get(name)?.mayChange(value[name])) return true;
      return false;
    },
    unwrap(value) {
      const held = typeof value === "string" && wanted.length > 0 ? heldIn(value, wanted) : value;
      if (held instanceof Map) unwrapMembers(held, members);
      return held;
    },
  };
}

function unwrapMembers(object: JsonObject, members: ReadonlyMap<string, Unwrapper>): void {
  for (const [name, member] of members) {
    const value = object.get(name);
    if (value !== undefined) object.set(name, member.unwrap(value));
  }
}

/** What a text holds, if it is of a kind that is wanted; else the text. */
function heldIn(text: string, wanted: readonly unknown[]): OrderedJson {
  try {
    const held = parseOrderedJson(text);
    if (Array.isArray(held) && wanted.includes("array")) return held;
    if (held instanceof Map && wanted.includes("object")) return held;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  return text;
}
