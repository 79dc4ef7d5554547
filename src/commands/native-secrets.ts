// Arguments of native tools that the schema marks as secret: they are asked for where nobody sees what is typed, and left
// out of what is shown and kept.

import {
  formatOrderedJson,
  type JsonObject,
  JsonSyntaxError,
  type OrderedJson,
  parseOrderedJson,
} from "../base/ordered-json.ts";
import type { CommandIo } from "../terminal/io.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { itemFlag, membersOf, type ToolFlag, type ToolFlags } from "./native-flags.ts";
import { flagsInside } from "./native-nested.ts";
import { usageError } from "./usage-error.ts";

/** Stands where a secret is. */
const HIDDEN = "[hidden]";

/** The required secrets that the arguments do not have, also within objects and lists that are there. */
export function missingSecrets(flags: ToolFlags, given: JsonObject): ToolFlag[] {
  const missing: ToolFlag[] = [];
  mapSecrets(flags, given, (flag, value) => {
    if (value === undefined && flag.isRequired) missing.push(flag);
    return value;
  });
  return missing;
}

/** The arguments, JSON text, as they may be shown. What is no whole document shows nothing of what it was. */
export function withoutSecrets(flags: ToolFlags, text: string): string {
  if (!mayHaveSecrets(flags)) return text;
  try {
    const given = parseOrderedJson(text);
    if (!(given instanceof Map)) return HIDDEN;
    const isThere = (value: OrderedJson | undefined) => (value === undefined ? undefined : HIDDEN);
    return formatOrderedJson(mapSecrets(flags, given, (_, value) => isThere(value)));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return HIDDEN;
  }
}

/** Whether the flag's value is a secret, or may hold one. */
export function holdsSecret(flag: ToolFlag, { root }: ToolFlags): boolean {
  return flag.isSecret || flagsInside(flag, root).some(({ isSecret }) => isSecret);
}

/** Whether there is anything to look for: most tools have no secrets, and their arguments may be large. */
export function mayHaveSecrets({ root }: ToolFlags): boolean {
  const text = JSON.stringify(root);
  return ['"writeOnly":true', '"format":"password"', '"x-secret":true'].some((mark) => text.includes(mark));
}

/** The arguments with another value for each secret; `change` hears also of those that are not there. */
function mapSecrets(
  flags: ToolFlags,
  given: JsonObject,
  change: (flag: ToolFlag, value: OrderedJson | undefined) => OrderedJson | undefined,
): JsonObject {
  if (!mayHaveSecrets(flags)) return given;
  const mapped = (flag: ToolFlag, value: OrderedJson | undefined): OrderedJson | undefined => {
    if (flag.isSecret) return change(flag, value);
    if (Array.isArray(value))
      return value.map((item, index) => mapped(itemFlag(flag, index, flags.root), item) ?? item);
    return value instanceof Map ? mappedMembers(value, membersOf(flag, flags.root)) : value;
  };
  const mappedMembers = (object: JsonObject, members: readonly ToolFlag[]) => {
    const copy = new Map(object);
    for (const member of members) {
      const name = String(member.path.at(-1));
      const value = mapped(member, object.get(name));
      if (value !== undefined) copy.set(name, value);
    }
    return copy;
  };
  return mappedMembers(given, flags.all);
}

/**
 * Asks for a secret at the terminal, where what is typed is not shown. Throws `usage_invalid` where nobody can be asked, and
 * when nothing is typed.
 */
export async function askSecret(io: Pick<CommandIo, "promptHidden">, { name, about }: ToolFlag): Promise<string> {
  if (io.promptHidden === undefined) {
    throw usageError(
      `${name} is missing: the tool needs it, and it is a secret`,
      `give ${name} @FILE, or ${name} @- to read it from standard input`,
    );
  }
  const what = about.trim() === "" ? "" : ` (${oneLine(about)})`;
  const value = await io.promptHidden(`${oneLine(name)}${what}, not shown: `);
  if (value === undefined || value === "") throw usageError(`${name} is missing: no value was given`);
  return value;
}

const ABOUT_CHARS_MAX = 60;

function oneLine(text: string): string {
  const line = showHidden(text.trim()).replaceAll(/\s+/g, " ");
  return line.length > ABOUT_CHARS_MAX ? `${line.slice(0, ABOUT_CHARS_MAX).toWellFormed()}…` : line;
}
