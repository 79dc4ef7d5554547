// What a new project may be called. Its name becomes the name of a folder, a library, a command, a crate, a module and a
// type, in any language: so there is little that it may be made of, and a few words that it may not be.

import { HostError } from "../protocol/errors.ts";
import { PLUGIN_ID_CHARS_MAX, PROJECT_NAME_CHARS_MAX } from "../protocol/limits.ts";

/** The ways to write one name. */
export interface ProjectNames {
  /** `csv-tools`. */
  readonly name: string;
  readonly pluginId: string;
  /** `Csv Tools`, for people. */
  readonly title: string;
  /** `csv_tools`, for modules. */
  readonly module: string;
  /** `CsvTools`, for types. */
  readonly type: string;
}

export interface NameRules {
  /** Ends in a dot, or is empty: what stands before the name in the plugin's id. */
  readonly idPrefix: string;
  /** The plugin's id, where the author has one already. */
  readonly id?: string | undefined;
  /** What cannot be a name here, and why, for the message: `a word of C`. */
  readonly reserved: ReadonlyMap<string, string>;
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const PLUGIN_ID = /^[a-z0-9]+([._-][a-z0-9]+)*$/;

/** Names that a file, a folder or a module of every project has. */
const TAKEN = ["build", "main", "osaurus", "osp", "plugin", "self", "std", "test", "tests", "vendor"];

/** Throws `usage_invalid` for what cannot be used, with a name that can. */
export function projectNames(name: string, { idPrefix, id, reserved }: NameRules): ProjectNames {
  const isShort = name.length <= PROJECT_NAME_CHARS_MAX;
  if (!isShort || !NAME.test(name)) {
    const problem = isShort
      ? `"${name}" cannot be a project's name: lower-case letters, digits, and single "-" between them, and a letter first`
      : `a project's name of ${name.length} characters is too long: ${PROJECT_NAME_CHARS_MAX} at most`;
    throw refused(problem, suggestion(name, reserved));
  }
  const why = reasonAgainst(name, reserved);
  if (why !== undefined) throw refused(`"${name}" cannot be a project's name: it is ${why}`, `${name}-plugin`);
  const words = name.split("-");
  const capitalised = words.map((word) => word[0]!.toUpperCase() + word.slice(1));
  return {
    name,
    pluginId: pluginIdOf(id ?? `${idPrefix}${name}`),
    title: capitalised.join(" "),
    module: words.join("_"),
    type: capitalised.join(""),
  };
}

function reasonAgainst(name: string, reserved: ReadonlyMap<string, string>): string | undefined {
  if (TAKEN.includes(name)) return "a name that every project uses for something else";
  return reserved.get(name) ?? reserved.get(name.replaceAll("-", "_"));
}

function pluginIdOf(id: string): string {
  if (id.length <= PLUGIN_ID_CHARS_MAX && PLUGIN_ID.test(id)) return id;
  throw new HostError("usage_invalid", `"${id.slice(0, PLUGIN_ID_CHARS_MAX)}" cannot be a plugin's id`, {
    hint: `an id is like "org.example.my-plugin": lower-case letters and digits with single ".", "-" or "_" between them, ${PLUGIN_ID_CHARS_MAX} characters at most`,
  });
}

/** The nearest name that would do: `Café Tools!` gives `cafe-tools`. */
function suggestion(name: string, reserved: ReadonlyMap<string, string>): string {
  const plain = name
    .slice(0, 4 * PROJECT_NAME_CHARS_MAX)
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+/, "")
    .slice(0, PROJECT_NAME_CHARS_MAX)
    .replace(/-+$/, "");
  return NAME.test(plain) && reasonAgainst(plain, reserved) === undefined ? plain : "my-plugin";
}

function refused(message: string, instead: string): HostError {
  return new HostError("usage_invalid", message, {
    hint: `for instance "${instead}"`,
    details: { suggestion: instead },
  });
}
