// Checks values against the plainest of schemas, which most tools have: types, members, required ones, values to choose
// from, bounds. Small enough to be at hand at once, where a full checker takes a tenth of a second to load; a test
// holds the two equal. The time that a check takes grows with the value alone, not with what the schema says.

import { isObject, type Schema, type SchemaObject } from "./tidy-schema.ts";
import type { Check, Violation } from "./violation.ts";

/** Keywords that say something about a value; a schema with any other that is known is not for this file. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  ...["type", "enum", "const", "properties", "required", "additionalProperties", "items"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  ...["minLength", "maxLength", "minItems", "maxItems"],
  // These only name things for "$ref".
  ...["$id", "$anchor", "$defs", "definitions"],
]);

const NOTHING: Check = () => undefined;

/** The check that a tidy schema asks for; nothing when it needs more than this file knows. */
export function compilePlain(schema: Schema): Check | undefined {
  if (schema === true) return NOTHING;
  if (schema === false || Object.keys(schema).some((key) => !UNDERSTOOD.has(key))) return undefined;
  const checks = [typeCheck, valueCheck, boundsCheck, itemsCheck, membersCheck].map((compile) => compile(schema));
  if (checks.some((check) => check === undefined)) return undefined;
  const [first, ...more] = (checks as Check[]).filter((check) => check !== NOTHING);
  if (first === undefined || more.length === 0) return first ?? NOTHING;
  return (value) => {
    let violation = first(value);
    for (let i = 0; violation === undefined && i < more.length; i++) violation = more[i]!(value);
    return violation;
  };
}

/** Looks for required members only, in objects within objects: a null counts as missing unless its schema wants it. */
export function compileMissing(schema: Schema): Check {
  if (typeof schema === "boolean") return NOTHING;
  const required = requiredCheck(schema);
  const inner = Object.entries(propertiesOf(schema)).flatMap(([name, member]): [string, Check][] => {
    const check = compileMissing(member);
    return check === NOTHING ? [] : [[name, check]];
  });
  if (inner.length === 0) return required === NOTHING ? NOTHING : required;
  return (value) => {
    if (!isObject(value)) return undefined;
    let violation = required(value);
    for (let i = 0; violation === undefined && i < inner.length; i++) {
      const [name, check] = inner[i]!;
      if (Object.hasOwn(value, name)) violation = below(name, check(value[name]));
    }
    return violation;
  };
}

const IS_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

function typeCheck({ type }: SchemaObject): Check {
  if (type === undefined) return NOTHING;
  const violation: Violation = { path: [], rule: "type", expected: type };
  const [isFirst, ...isOther] = [type].flat().map((one) => IS_TYPE[one as string]!);
  return (value) => (isFirst!(value) || isOther.some((is) => is(value)) ? undefined : violation);
}

function valueCheck(schema: SchemaObject): Check | undefined {
  const lists = [schema["enum"], Object.hasOwn(schema, "const") ? [schema["const"]] : undefined].filter(Array.isArray);
  if (lists.length === 0) return NOTHING;
  if (lists.flat().some((one) => typeof one === "object" && one !== null)) return undefined;
  const [list, other] = lists;
  const isIn = new Set<unknown>(other === undefined ? list : list!.filter((one) => other.includes(one)));
  const violation: Violation = { path: [], rule: "enum", expected: [...isIn] };
  return (value) => (isIn.has(value) ? undefined : violation);
}

/** How each bound is worded, and which values are beyond it. */
const BOUNDS: Readonly<Record<string, readonly [string, (value: unknown, bound: number) => boolean]>> = {
  minimum: ["must be >= N", (value, bound) => typeof value === "number" && !(value >= bound)],
  maximum: ["must be <= N", (value, bound) => typeof value === "number" && !(value <= bound)],
  exclusiveMinimum: ["must be > N", (value, bound) => typeof value === "number" && !(value > bound)],
  exclusiveMaximum: ["must be < N", (value, bound) => typeof value === "number" && !(value < bound)],
  minLength: ["must have at least N characters", (value, bound) => isText(value) && charsOf(value) < bound],
  maxLength: ["must have at most N characters", (value, bound) => isText(value) && charsOf(value) > bound],
  minItems: ["must have at least N items", (value, bound) => Array.isArray(value) && value.length < bound],
  maxItems: ["must have at most N items", (value, bound) => Array.isArray(value) && value.length > bound],
};

function boundsCheck(schema: SchemaObject): Check {
  const bounds = Object.entries(BOUNDS).flatMap(([key, [text, isBeyond]]) => {
    const bound = schema[key];
    if (typeof bound !== "number") return [];
    const violation: Violation = { path: [], rule: "other", text: text.replace("N", String(bound)) };
    return [{ isBeyond, bound, violation }];
  });
  if (bounds.length === 0) return NOTHING;
  return (value) => bounds.find(({ isBeyond, bound }) => isBeyond(value, bound))?.violation;
}

function itemsCheck({ items }: SchemaObject): Check | undefined {
  if (items === undefined) return NOTHING;
  const check = compilePlain(items as Schema);
  if (check === undefined || check === NOTHING) return check;
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    for (let index = 0; index < value.length; index++) {
      const violation = check(value[index]);
      if (violation !== undefined) return below(index, violation);
    }
    return undefined;
  };
}

function membersCheck(schema: SchemaObject): Check | undefined {
  const { additionalProperties = true } = schema;
  if (typeof additionalProperties !== "boolean") return undefined;
  const properties = Object.entries(propertiesOf(schema));
  const checks = properties.map(([name, member]): [string, Check | undefined] => [name, compilePlain(member)]);
  if (checks.some(([, check]) => check === undefined)) return undefined;
  const members = new Map(checks as [string, Check][]);
  const required = requiredCheck(schema);
  if (members.size === 0 && additionalProperties) return required;
  return (value) => {
    if (!isObject(value)) return undefined;
    const missing = required(value);
    if (missing !== undefined) return missing;
    // Values come from JSON: all that can be enumerated is their own.
    for (const name in value) {
      const check = members.get(name);
      const violation = check === undefined ? (additionalProperties ? undefined : UNKNOWN) : check(value[name]);
      if (violation !== undefined) return below(name, violation);
    }
    return undefined;
  };
}

const UNKNOWN: Violation = { path: [], rule: "unknown" };

function requiredCheck(schema: SchemaObject): Check {
  const properties = propertiesOf(schema);
  const required = (schema["required"] as readonly string[] | undefined) ?? [];
  if (required.length === 0) return NOTHING;
  const mayBeNull = new Set(
    required.filter((name) => Object.hasOwn(properties, name) && allowsNull(properties[name]!)),
  );
  return (value) => {
    if (!isObject(value)) return undefined;
    for (const name of required) {
      const isThere = Object.hasOwn(value, name) && (value[name] !== null || mayBeNull.has(name));
      if (!isThere) return { path: [name], rule: "required" };
    }
    return undefined;
  };
}

/** Where schemas are combined, whoever checks them all has to say. */
const COMBINED = ["anyOf", "oneOf", "allOf", "not", "if", "$ref", "$dynamicRef"];

function allowsNull(schema: Schema): boolean {
  if (typeof schema === "boolean") return false;
  if (schema["type"] !== undefined) return [schema["type"]].flat().includes("null");
  const values = [...((schema["enum"] as readonly unknown[] | undefined) ?? []), schema["const"]];
  return values.includes(null) || COMBINED.some((key) => Object.hasOwn(schema, key));
}

function propertiesOf(schema: SchemaObject): Readonly<Record<string, Schema>> {
  return (schema["properties"] as Readonly<Record<string, Schema>> | undefined) ?? {};
}

function below(name: string | number, violation: Violation | undefined): Violation | undefined {
  return violation && { ...violation, path: [name, ...violation.path] };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Characters beyond U+FFFF count once. */
function charsOf(text: string): number {
  let pairs = 0;
  for (let at = 1; at < text.length; at++) {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
    if (isPair) pairs++;
  }
  return text.length - pairs;
}
