// Reads the parts of a JSON Schema that matter for what is typed: of what kind a value is, what it may be chosen from, and
// what lies inside it. A schema comes from a plugin: whatever is odd in it is as if it were not there.

import { type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";

/** How a value is read. `any`: as JSON where it is JSON, else as text. */
export type ValueKind = "text" | "number" | "integer" | "boolean" | "object" | "array" | "any";

export type Schema = Readonly<Record<string, unknown>>;

/** Steps that are followed to what a schema stands for. */
const REFERENCES_MAX = 8;

/** The schema with its references followed, and without the "or null"; without any member where references lead nowhere. */
export function resolved(value: unknown, root: Schema): Schema {
  let schema = objectOr(value);
  for (let step = 0; step < REFERENCES_MAX; step++) {
    const inner = standsFor(schema, root);
    if (inner === undefined) return schema;
    schema = inner;
  }
  return {};
}

/** One step: what stands beside a reference comes before what stands in its target. */
function standsFor(schema: Schema, root: Schema): Schema | undefined {
  const { $ref: reference, ...besideReference } = schema;
  if (typeof reference === "string" && reference.startsWith("#/")) {
    return { ...objectOr(targetOf(reference, root)), ...besideReference };
  }
  const { allOf, ...besideAll } = schema;
  // How some libraries write a reference that has a description.
  if (Array.isArray(allOf) && allOf.length === 1) return { ...objectOr(allOf[0]), ...besideAll };
  // How many libraries write a property that may be left out.
  for (const word of ["anyOf", "oneOf"]) {
    const { [word]: branches, ...beside } = schema;
    if (!Array.isArray(branches) || schema["type"] !== undefined) continue;
    const others = branches.map(objectOr).filter(({ type }) => type !== "null");
    if (others.length === 1) return { ...others[0], ...beside };
  }
  return undefined;
}

function targetOf(reference: string, root: Schema): unknown {
  let target: unknown = root;
  for (const part of reference.slice(2).split("/")) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const members = objectOr(target);
    target = Object.hasOwn(members, name) ? members[name] : undefined;
  }
  return target;
}

const KINDS: Readonly<Record<string, ValueKind>> = {
  string: "text",
  number: "number",
  integer: "integer",
  boolean: "boolean",
  object: "object",
  array: "array",
};

/** @param schema with its references followed. */
export function kindOf(schema: Schema): ValueKind {
  const { type } = schema;
  const types = [type].flat().filter((one) => one !== "null" && one !== undefined);
  if (types.length === 1) return (Object.hasOwn(KINDS, String(types[0])) && KINDS[String(types[0])]) || "any";
  if (types.length > 1) return "any";
  const values = valuesOf(schema);
  if (values.length > 0) return values.every((value) => typeof value === "string") ? "text" : "any";
  return Object.keys(objectOr(schema["properties"])).length > 0 ? "object" : "any";
}

/** Values that the schema allows, by how they are typed; nothing where it names none. */
export function choicesOf(schema: Schema): ReadonlyMap<string, OrderedJson> | undefined {
  const values = valuesOf(schema);
  if (values.length === 0) return undefined;
  return new Map(
    values.map((value) => {
      const json = JSON.stringify(value);
      return [typeof value === "string" ? value : json, parseOrderedJson(json)];
    }),
  );
}

function valuesOf(schema: Schema): readonly unknown[] {
  const { enum: values, const: single, oneOf } = schema;
  if (Array.isArray(values)) return values;
  if (single !== undefined) return [single];
  // Choices that each have a description.
  const each = Array.isArray(oneOf) ? oneOf.map((one) => objectOr(one)["const"]) : [];
  return each.includes(undefined) ? [] : each;
}

/** Properties of an object by name. */
export function propertiesOf(schema: Schema): readonly (readonly [name: string, schema: unknown])[] {
  return Object.entries(objectOr(schema["properties"]));
}

/** Of the members that the schema does not name; nothing where there may be none, or nobody meant there to be any. */
export function otherMembers(schema: Schema): unknown {
  const { additionalProperties: others } = schema;
  if (others === false) return undefined;
  if (others === undefined) return propertiesOf(schema).length === 0 ? {} : undefined;
  return others;
}

/** Of one item of a list. */
export function itemSchema(schema: Schema, index: number): unknown {
  const { prefixItems, items } = schema;
  const first = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
  return first[index] ?? (Array.isArray(items) ? undefined : items);
}

export function requiredOf(schema: Schema): ReadonlySet<unknown> {
  return new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
}

/** Whether nobody is to see the value: the plugin's author says so. */
export function isSecretSchema(schema: Schema): boolean {
  return schema["writeOnly"] === true || schema["format"] === "password" || schema["x-secret"] === true;
}

function objectOr(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}
