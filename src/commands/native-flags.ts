// The flags of a native tool in the terminal, made from the schema of its arguments: one for each property, and one for each
// thing inside it.
//
//   --NAME VALUE             text, number, integer, one of several, or JSON for objects
//   --NAME, --no-NAME        a boolean; also --NAME=true
//   --NAME A --NAME B        a list
//   --NAME.MEMBER VALUE      inside an object, and inside that
//   --NAME.0 VALUE           an item of a list
//   --arg.NAME               any property; the only spelling of one whose name is taken by the host
//
// `_` in a name may be typed as `-`, where that is nobody else's name.

import type { OrderedJson } from "../base/ordered-json.ts";
import { NATIVE_FLAG_DEPTH_MAX } from "../protocol/limits.ts";
import {
  choicesOf,
  isSecretSchema,
  itemSchema,
  kindOf,
  otherMembers,
  propertiesOf,
  requiredOf,
  resolved,
  type Schema,
  type ValueKind,
} from "./native-schema.ts";
import { usageError } from "./usage-error.ts";

/** The way to a value in the arguments, from the outside in: names, and places in lists. */
type ArgumentPath = readonly [property: string, ...(string | number)[]];

export interface ToolFlag {
  readonly path: ArgumentPath;
  /** As the help shows it. */
  readonly name: string;
  readonly kind: ValueKind;
  /** Of a list, `kind` and `choices` are those of its items. */
  readonly isList: boolean;
  /** Of a list, whether a JSON list as a value is several items: it is neither a text nor an item itself. */
  readonly takesMany: boolean;
  /** By what it lies in. */
  readonly isRequired: boolean;
  /** Values that the schema allows, by how they are typed. */
  readonly choices: ReadonlyMap<string, OrderedJson> | undefined;
  /** Nobody is to see the value, or what it lies in. */
  readonly isSecret: boolean;
  /** The text names a file or a folder, as far as one can tell. */
  readonly isPath: boolean;
  readonly about: string;
  /** JSON text. */
  readonly otherwise: string | undefined;
  /** Of the value itself, also of a list. */
  readonly schema: Schema;
}

/** A spelling of a flag; `no` for those that say no. */
export interface FlagSpelling {
  readonly flag: ToolFlag;
  readonly no: boolean;
}

export interface ToolFlags {
  /** Of the properties, in the order of the schema. */
  readonly all: readonly ToolFlag[];
  /** Every spelling of those, with dashes. */
  readonly spellings: ReadonlyMap<string, FlagSpelling>;
  /** Properties whose names nobody can type as a flag. */
  readonly unnamed: readonly string[];
  /** The tool says nothing of its arguments: any flag is one. */
  readonly takesAny: boolean;
  readonly root: Schema;
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

export function toolFlags(parameters: Schema | undefined): ToolFlags {
  const root = parameters ?? {};
  const properties = propertiesOf(root);
  const named = properties.filter(([name]) => isTypeable(name));
  const required = requiredOf(root);
  const all = named.map(([name, schema]) => {
    const isPlain = !HOST_NAMES.has(name) && !name.startsWith(PREFIX);
    const isRequired = required.has(name);
    return topFlag(name, `--${isPlain ? "" : PREFIX}${name}`, { schema: resolved(schema, root), root, isRequired });
  });
  const spellings = new Map<string, FlagSpelling>();
  const add = (flag: ToolFlag, name: string, no = false) => {
    const key = `--${name}`;
    if (!spellings.has(key) && !HOST_NAMES.has(name)) spellings.set(key, { flag, no });
  };
  // Exact names come before all that is derived from others.
  for (const flag of all) spellings.set(`--${PREFIX}${flag.path[0]}`, { flag, no: false });
  for (const flag of all) if (!flag.path[0].startsWith(PREFIX)) add(flag, flag.path[0]);
  for (const flag of all) add(flag, dashed(flag.path[0]));
  for (const flag of all.filter(isBoolean)) {
    for (const name of [flag.path[0], dashed(flag.path[0])]) add(flag, `no-${name}`, true);
    add(flag, `no-${PREFIX}${flag.path[0]}`, true);
  }
  const unnamed = properties.map(([name]) => name).filter((name) => !isTypeable(name));
  const takesAny = properties.length === 0 && root["additionalProperties"] !== false;
  return { all, spellings, unnamed, takesAny, root };
}

/** Whether it stands alone. */
export function isBoolean({ kind, isList }: Pick<ToolFlag, "kind" | "isList">): boolean {
  return kind === "boolean" && !isList;
}

/** The flag of that spelling, also inside of objects and lists. Throws `usage_invalid` for what is nested too deeply. */
export function findFlag(flags: ToolFlags, name: string): FlagSpelling | undefined {
  const known = flags.spellings.get(name);
  if (known !== undefined) return known;
  const flag = insideOf(flags, name);
  if (flag !== undefined) return { flag, no: false };
  const denied = name.startsWith("--no-") ? insideOf(flags, `--${name.slice(5)}`) : undefined;
  return denied !== undefined && isBoolean(denied) ? { flag: denied, no: true } : undefined;
}

/** Names of properties may have dots in them: the longest that fits comes first. */
function insideOf(flags: ToolFlags, name: string): ToolFlag | undefined {
  for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
    const outer = flags.spellings.get(name.slice(0, dot));
    if (outer === undefined || outer.no) continue;
    const inner = descend(outer.flag, name.slice(dot + 1), flags.root);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** What lies inside a flag's value by the rest of a name. */
function descend(outer: ToolFlag, rest: string, root: Schema): ToolFlag | undefined {
  if (rest === "") return undefined;
  const { path, name, schema } = outer;
  if (path.length >= NATIVE_FLAG_DEPTH_MAX) {
    throw usageError(
      `${name}.${rest} is nested deeper than ${NATIVE_FLAG_DEPTH_MAX} levels`,
      "give the outer value as JSON",
    );
  }
  const kind = kindOf(schema);
  if (kind === "array") return inList(outer, rest, root);
  if (kind !== "object") return undefined;
  for (const flag of membersOf(outer, root)) {
    const member = String(flag.path.at(-1));
    for (const spelled of new Set([member, dashed(member)])) {
      if (rest === spelled) return flag;
      const inner = rest.startsWith(`${spelled}.`) ? descend(flag, rest.slice(spelled.length + 1), root) : undefined;
      if (inner !== undefined) return inner;
    }
  }
  const others = otherMembers(schema);
  return others === undefined ? undefined : inOthers(outer, rest, resolved(others, root), root);
}

function inList(outer: ToolFlag, rest: string, root: Schema): ToolFlag | undefined {
  const digits = /^(?:0|[1-9]\d{0,5})(?=\.|$)/.exec(rest)?.[0];
  if (digits === undefined) return undefined;
  const item = itemFlag(outer, Number(digits), root);
  return rest === digits ? item : descend(item, rest.slice(digits.length + 1), root);
}

/** Members that the schema does not name: where they hold members themselves, a dot leads into them. */
function inOthers(outer: ToolFlag, rest: string, schema: Schema, root: Schema): ToolFlag | undefined {
  const kind = kindOf(schema);
  const isDeeper = kind === "object" || kind === "array" || kind === "any";
  const dot = isDeeper ? rest.indexOf(".") : -1;
  const member = dot === -1 ? rest : rest.slice(0, dot);
  if (!isTypeable(member)) return undefined;
  // Of what nobody describes, whoever types a dot says that it is an object.
  const own = dot !== -1 && kind === "any" ? { type: "object" } : schema;
  const flag = flagOf({ outer, step: member, schema: own, root });
  return dot === -1 ? flag : descend(flag, rest.slice(dot + 1), root);
}

/** The flags of an object's properties, in the order of the schema. */
export function membersOf(outer: ToolFlag, root: Schema): ToolFlag[] {
  const required = requiredOf(outer.schema);
  return propertiesOf(outer.schema)
    .filter(([member]) => isTypeable(member))
    .map(([member, inner]) =>
      flagOf({ outer, step: member, schema: resolved(inner, root), root, isRequired: required.has(member) }),
    );
}

/** The flag of one item of a list. */
export function itemFlag(outer: ToolFlag, index: number, root: Schema): ToolFlag {
  return flagOf({ outer, step: index, schema: resolved(itemSchema(outer.schema, index), root), root });
}

/** The flag that a name stands for where any is one; nothing for a name that cannot be that of a property. */
export function anyFlag(name: string): ToolFlag | undefined {
  if (!name.startsWith("--")) return undefined;
  const property = name.slice(name.startsWith(`--${PREFIX}`) ? 2 + PREFIX.length : 2);
  return isTypeable(property) ? topFlag(property, name, { schema: {}, root: {}, isRequired: false }) : undefined;
}

interface Described {
  /** With its references followed. */
  readonly schema: Schema;
  readonly root: Schema;
  readonly isRequired?: boolean;
}

/** The flag of what lies in another's value, one step further in. */
function flagOf({ outer, step, ...described }: Described & { outer: ToolFlag; step: string | number }): ToolFlag {
  const flag = topFlag(String(step), `${outer.name}.${step}`, described);
  return { ...flag, path: [...outer.path, step], isSecret: outer.isSecret || flag.isSecret };
}

function topFlag(property: string, name: string, { schema, root, isRequired = false }: Described): ToolFlag {
  const own = kindOf(schema);
  const isList = own === "array";
  const value = isList ? resolved(itemSchema(schema, 0), root) : schema;
  const kind = isList ? kindOf(value) : own;
  const about = typeof schema["description"] === "string" ? schema["description"] : "";
  const otherwise = schema["default"] === undefined ? undefined : JSON.stringify(schema["default"]);
  const isSecret = isSecretSchema(schema) || isSecretSchema(value);
  const isPath = kind === "text" && (isPathFormat(value["format"]) || isPathName(property));
  return {
    path: [property],
    name,
    kind,
    isList,
    takesMany: isList && MANY_KINDS.has(kind),
    isRequired,
    choices: choicesOf(value),
    isSecret,
    isPath,
    about,
    otherwise,
    schema,
  };
}

const MANY_KINDS: ReadonlySet<ValueKind> = new Set(["number", "integer", "boolean", "object"]);

function isPathFormat(format: unknown): boolean {
  return format === "path" || format === "file-path" || format === "directory-path";
}

/** `path`, `input_file`, `outputDir`, but not `profile`. */
function isPathName(name: string): boolean {
  return /(?:^|[_.-])(?:path|file|filename|dir|directory|folder)s?$|[a-z\d](?:Path|File|Filename|Dir|Directory|Folder)s?$/.test(
    name,
  );
}

/** Letters, digits and signs, as far as they can be told from a value and seen on a screen. */
function isTypeable(name: string): boolean {
  return /^[\p{L}\p{N}_$@][\p{L}\p{N}\p{P}\p{S}]*$/u.test(name) && !name.includes("=");
}

function dashed(name: string): string {
  return name.replaceAll("_", "-");
}
