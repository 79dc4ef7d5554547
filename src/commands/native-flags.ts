// The flags of a native tool in the terminal, made from the schema of its arguments: one for each property.
//
//   --NAME VALUE          text, number, integer, one of several, or JSON for objects
//   --NAME, --no-NAME     a boolean; also --NAME=true
//   --NAME A --NAME B     a list
//   --arg.NAME            any property; the only spelling of one whose name is taken by the host
//
// `_` in a name may be typed as `-`, where that is nobody else's name.

import { type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";

/** How a value is read. `any`: as JSON where it is JSON, else as text. */
export type ValueKind = "text" | "number" | "integer" | "boolean" | "object" | "array" | "any";

export interface ToolFlag {
  /** The property's name in the schema. */
  readonly property: string;
  /** As the help shows it. */
  readonly name: string;
  readonly kind: ValueKind;
  /** Of a list, the kind of its items. */
  readonly isList: boolean;
  readonly isRequired: boolean;
  /** Values that the schema allows, by how they are typed. */
  readonly choices: ReadonlyMap<string, OrderedJson> | undefined;
  readonly about: string;
  /** JSON text. */
  readonly otherwise: string | undefined;
}

export interface ToolFlags {
  /** In the order of the schema. */
  readonly all: readonly ToolFlag[];
  /** Every spelling, with dashes; `no` for those that say no. */
  readonly spellings: ReadonlyMap<string, { readonly flag: ToolFlag; readonly no: boolean }>;
  /** Properties whose names nobody can type as a flag. */
  readonly unnamed: readonly string[];
  /** The tool says nothing of its arguments: any flag is one. */
  readonly takesAny: boolean;
}

/** Flags that mean the same for every tool; a property of that name is `--arg.NAME`. */
const HOST_NAMES: ReadonlySet<string> = new Set([
  "json",
  "format",
  "help",
  "agent",
  "yes",
  "args",
  "timeout",
  "approval-timeout",
]);

const PREFIX = "arg.";

type Schema = Readonly<Record<string, unknown>>;

export function toolFlags(parameters: Schema | undefined): ToolFlags {
  const root = parameters ?? {};
  const required = new Set(Array.isArray(root["required"]) ? root["required"] : []);
  const properties = Object.entries(objectOr(root["properties"]));
  const named = properties.filter(([name]) => isTypeable(name));
  const all = named.map(([name, schema]) => flagOf(name, resolved(schema, root), root, required.has(name)));
  const spellings = new Map<string, { flag: ToolFlag; no: boolean }>();
  const add = (flag: ToolFlag, name: string, no = false) => {
    const key = `--${name}`;
    if (!spellings.has(key) && !HOST_NAMES.has(name)) spellings.set(key, { flag, no });
  };
  // Exact names come before all that is derived from others.
  for (const flag of all) spellings.set(`--${PREFIX}${flag.property}`, { flag, no: false });
  for (const flag of all) if (!flag.property.startsWith(PREFIX)) add(flag, flag.property);
  for (const flag of all) add(flag, dashed(flag.property));
  for (const flag of all.filter(({ kind, isList }) => kind === "boolean" && !isList)) {
    for (const name of [flag.property, dashed(flag.property)]) add(flag, `no-${name}`, true);
    add(flag, `no-${PREFIX}${flag.property}`, true);
  }
  const unnamed = properties.map(([name]) => name).filter((name) => !isTypeable(name));
  return { all, spellings, unnamed, takesAny: properties.length === 0 && root["additionalProperties"] !== false };
}

/** The flag that a name stands for where any is one; nothing for a name that cannot be that of a property. */
export function anyFlag(name: string): ToolFlag | undefined {
  if (!name.startsWith("--")) return undefined;
  const property = name.slice(name.startsWith(`--${PREFIX}`) ? 2 + PREFIX.length : 2);
  if (!isTypeable(property)) return undefined;
  return {
    property,
    name,
    kind: "any",
    isList: false,
    isRequired: false,
    choices: undefined,
    about: "",
    otherwise: undefined,
  };
}

function flagOf(property: string, schema: Schema, root: Schema, isRequired: boolean): ToolFlag {
  const own = kindOf(schema, root);
  const isList = own === "array";
  const value = isList ? resolved(schema["items"], root) : schema;
  const kind = isList ? kindOf(value, root) : own;
  const about = typeof schema["description"] === "string" ? schema["description"] : "";
  const otherwise = schema["default"] === undefined ? undefined : JSON.stringify(schema["default"]);
  const isPlain = !HOST_NAMES.has(property) && !property.startsWith(PREFIX);
  const name = `--${isPlain ? "" : PREFIX}${property}`;
  return { property, name, kind, isList, isRequired, choices: choicesOf(value), about, otherwise };
}

const KINDS: Readonly<Record<string, ValueKind>> = {
  string: "text",
  number: "number",
  integer: "integer",
  boolean: "boolean",
  object: "object",
  array: "array",
};

function kindOf(schema: Schema, root: Schema): ValueKind {
  const { type } = schema;
  const types = [type].flat().filter((one) => one !== "null" && one !== undefined);
  if (types.length === 1) return (Object.hasOwn(KINDS, String(types[0])) && KINDS[String(types[0])]) || "any";
  if (types.length > 1) return "any";
  const values = valuesOf(schema);
  if (values.length > 0) return values.every((value) => typeof value === "string") ? "text" : "any";
  // "This or null" is how many libraries write a property that may be left out.
  for (const word of ["anyOf", "oneOf"] as const) {
    if (!Array.isArray(schema[word])) continue;
    const branches = schema[word].map((one) => resolved(one, root)).filter((one) => one["type"] !== "null");
    if (branches.length === 1 && branches[0]!["anyOf"] === undefined && branches[0]!["oneOf"] === undefined)
      return kindOf(branches[0]!, root);
  }
  return "any";
}

function choicesOf(schema: Schema): ToolFlag["choices"] {
  const values = valuesOf(schema);
  if (values.length === 0) return undefined;
  return new Map(
    values.map((value) => {
      const json = JSON.stringify(value);
      return [typeof value === "string" ? value : json, parseOrderedJson(json)];
    }),
  );
}

function valuesOf({ enum: values, const: single }: Schema): readonly unknown[] {
  if (Array.isArray(values)) return values;
  return single === undefined ? [] : [single];
}

/** References within the schema are followed this far. */
const REFERENCES_MAX = 8;

function resolved(value: unknown, root: Schema): Schema {
  let schema = objectOr(value);
  for (let step = 0; step < REFERENCES_MAX; step++) {
    const reference = schema["$ref"];
    if (typeof reference !== "string" || !reference.startsWith("#/")) return schema;
    let target: unknown = root;
    for (const part of reference.slice(2).split("/")) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const members = objectOr(target);
      target = Object.hasOwn(members, name) ? members[name] : undefined;
    }
    const { $ref: _, ...beside } = schema;
    schema = { ...objectOr(target), ...beside };
  }
  return {};
}

function objectOr(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

/** Letters, digits and signs, as far as they can be told from a value and seen on a screen. */
function isTypeable(name: string): boolean {
  return /^[\p{L}\p{N}_$@][\p{L}\p{N}\p{P}\p{S}]*$/u.test(name) && !name.includes("=");
}

function dashed(name: string): string {
  return name.replaceAll("_", "-");
}
