// Brings a tool's JSON Schema into the form that is checked here: what every draft says in the words of 2020-12, and
// nothing that a checker would stumble over. A keyword that nobody knows, or whose value is not what it should be, is
// left out: the rest of the schema still holds. Formats and annotations forbid nothing and are left out, too.

export type Schema = boolean | SchemaObject;
export type SchemaObject = Readonly<Record<string, unknown>>;

const TYPES: ReadonlySet<unknown> = new Set(["string", "integer", "number", "boolean", "object", "array", "null"]);

const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number" && Number.isFinite(value);
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

/** Keywords whose value stays as it is, and what it has to be. */
const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  enum: (value) => Array.isArray(value) && value.length > 0,
  const: () => true,
  required: isTexts,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: (value) => isNumber(value) && (value as number) > 0,
  minLength: isCount,
  maxLength: isCount,
  minItems: isCount,
  maxItems: isCount,
  minProperties: isCount,
  maxProperties: isCount,
  minContains: isCount,
  maxContains: isCount,
  uniqueItems: (value) => typeof value === "boolean",
  pattern: isText,
  dependentRequired: (value) => isObject(value) && Object.values(value).every(isTexts),
  $ref: isText,
  $anchor: isText,
  $dynamicRef: isText,
  $dynamicAnchor: isText,
  $id: (value) => isText(value) && !(value as string).includes("#"),
};
const OF_SCHEMA = [
  ...["items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else"],
  ...["unevaluatedProperties", "unevaluatedItems"],
];
const OF_SCHEMAS = ["allOf", "anyOf", "oneOf", "prefixItems"];
const OF_NAMED_SCHEMAS = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

/** Gives a new schema; what was given stays as it is. */
export function tidySchema(schema: unknown): Schema {
  if (typeof schema === "boolean") return schema;
  if (!isObject(schema)) return true;
  const given = inNewWords(schema);
  const tidy: Record<string, unknown> = {};
  const type = typesOf(given["type"], given["nullable"] === true);
  if (type !== undefined) tidy["type"] = type;
  for (const [key, isGood] of Object.entries(PLAIN)) {
    if (Object.hasOwn(given, key) && isGood(given[key])) tidy[key] = given[key];
  }
  for (const key of OF_SCHEMA) if (isSchema(given[key])) tidy[key] = tidySchema(given[key]);
  for (const key of OF_SCHEMAS) {
    const list = given[key];
    if (Array.isArray(list) && list.length > 0) tidy[key] = list.map(tidySchema);
  }
  for (const key of OF_NAMED_SCHEMAS) if (isObject(given[key])) tidy[key] = named(given[key], tidySchema);
  return tidy;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): boolean {
  return typeof value === "boolean" || isObject(value);
}

/** The same names with other values; `__proto__` is no name that a schema can say anything about. */
function named<T>(
  members: Readonly<Record<string, unknown>>,
  change: (value: unknown) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (name === "__proto__" ? [] : [[name, change(value)]])),
  );
}

function typesOf(type: unknown, orNull: boolean): string | string[] | undefined {
  const types = [...new Set([type].flat())].filter((one): one is string => TYPES.has(one));
  if (types.length === 0) return undefined;
  if (orNull && !types.includes("null")) types.push("null");
  return types.length === 1 ? types[0] : types;
}

/** What older drafts had other words for. */
function inNewWords(schema: SchemaObject): SchemaObject {
  let given = schema;
  if (Array.isArray(given["items"])) {
    const { items, additionalItems, ...rest } = given;
    given = { ...rest, prefixItems: items, ...(additionalItems === undefined ? {} : { items: additionalItems }) };
  }
  for (const side of ["Minimum", "Maximum"]) {
    const bound = given[side.toLowerCase()];
    if (given[`exclusive${side}`] === true)
      given = { ...given, [side.toLowerCase()]: undefined, [`exclusive${side}`]: bound };
  }
  if (!isObject(given["dependencies"])) return given;
  const entries = Object.entries(given["dependencies"]);
  const dependentRequired = Object.fromEntries(entries.filter(([, value]) => Array.isArray(value)));
  const dependentSchemas = Object.fromEntries(entries.filter(([, value]) => !Array.isArray(value)));
  return { ...given, dependentRequired, dependentSchemas };
}
