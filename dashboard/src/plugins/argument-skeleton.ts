// Arguments to begin with, for somebody who tries a tool: what its schema requires, with values of the right kinds. The schema is
// the plugin's own and may be anything: what is not understood is left out, and what is too much is not made.

const DEPTH_MAX = 4;
const MEMBERS_MAX = 40;
const TEXT_CHARS_MAX = 500;

/** JSON text of an object. */
export function argumentSkeleton(schema: unknown): string {
  const value = objectOf(schema, 0);
  return JSON.stringify(value, null, 2);
}

type Schema = Readonly<Record<string, unknown>>;

function objectOf(schema: unknown, depth: number): Record<string, unknown> {
  if (!isObject(schema) || !isObject(schema["properties"])) return {};
  const { properties, required } = schema;
  const names = Array.isArray(required) ? required.filter((name) => typeof name === "string") : [];
  const entries = names
    .filter((name) => Object.hasOwn(properties as Schema, name))
    .slice(0, MEMBERS_MAX)
    .map((name) => [name, exampleOf((properties as Schema)[name], depth + 1)] as const);
  return Object.fromEntries(entries);
}

function exampleOf(schema: unknown, depth: number): unknown {
  if (!isObject(schema)) return "";
  for (const given of [schema["default"], schema["const"], first(schema["enum"]), first(schema["examples"])]) {
    if (given !== undefined && isShort(given)) return given;
  }
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  if (type === "object") return depth < DEPTH_MAX ? objectOf(schema, depth) : {};
  return EMPTY.has(type) ? EMPTY.get(type) : "";
}

const EMPTY: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ["integer", 0],
  ["number", 0],
  ["boolean", false],
  ["array", []],
  ["null", null],
]);

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined;
}

function isShort(value: unknown): boolean {
  return JSON.stringify(value).length <= TEXT_CHARS_MAX;
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
