// A theme of the user's own: a file `<id>.toml` that says what it is based on, and what it has otherwise.

import { readConfigText } from "../config/config-files.ts";
import { BUILT_IN_THEMES, DEFAULT_THEME, themeId } from "../config/theme-names.ts";
import { tomlParser } from "../config/toml-document.ts";
import { HostError } from "../protocol/errors.ts";
import { THEME_NAME_CHARS_MAX } from "../protocol/limits.ts";
import { BUILT_IN } from "../terminal/themes/built-in-themes.ts";
import { parseStyle } from "../terminal/themes/parse-style.ts";
import { OVERRIDES, type ThemeStyles, TOKENS, type Token } from "../terminal/themes/theme.ts";

export interface FoundTheme extends ThemeStyles {
  readonly id: string;
  readonly name: string;
  /** The built-in theme that it is based on; undefined for a built-in one. */
  readonly base: string | undefined;
  /** The tokens that it has from nowhere else. */
  readonly exact: ReadonlySet<Token>;
}

const MEMBERS: readonly string[] = ["id", "name", "base", "palette", "overrides"];
const PALETTE: readonly string[] = TOKENS.filter((token) => !(OVERRIDES as readonly string[]).includes(token));

/**
 * Reads a theme's file. Throws `config_invalid` with file and line for whatever in it is no part of a theme, and
 * `config_unreadable` for a file that cannot be read.
 */
export async function readThemeFile(id: string, path: string): Promise<FoundTheme> {
  const text = readConfigText(path);
  if (text === undefined) throw new HostError("config_unreadable", `${path}: there is no such file any more`);
  const file = (await tomlParser())(text, path);
  const trouble = troubleIn(file, id);
  if (trouble !== undefined) throw await fault(path, text, trouble);
  const base = themeId((file["base"] as string | undefined) ?? DEFAULT_THEME);
  const palette = (file["palette"] ?? {}) as Partial<ThemeStyles["palette"]>;
  const overrides = (file["overrides"] ?? {}) as ThemeStyles["overrides"];
  const below = BUILT_IN[base]!;
  // What follows another colour follows the one that was chosen here.
  const kept = Object.keys(palette).length === 0 ? below.overrides : keptOverrides(below, palette);
  return {
    id,
    name: (file["name"] as string | undefined) ?? id,
    base,
    palette: { ...below.palette, ...palette },
    overrides: { ...kept, ...overrides },
    exact: new Set([...Object.keys(palette), ...Object.keys(overrides)] as Token[]),
  };
}

function keptOverrides(below: ThemeStyles, palette: Partial<ThemeStyles["palette"]>): ThemeStyles["overrides"] {
  const { value_number: number, ...rest } = below.overrides;
  return palette.success === undefined && number !== undefined ? { ...rest, value_number: number } : rest;
}

interface Trouble {
  /** Where in the file. */
  readonly at: readonly string[];
  readonly text: string;
}

function troubleIn(file: Readonly<Record<string, unknown>>, id: string): Trouble | undefined {
  for (const name of Object.keys(file)) {
    if (!MEMBERS.includes(name)) return { at: [name], text: `a theme has ${MEMBERS.join(", ")}, and nothing else` };
  }
  return (
    idTrouble(file["id"], id) ??
    nameTrouble(file["name"]) ??
    baseTrouble(file["base"]) ??
    stylesTrouble("palette", PALETTE, file["palette"]) ??
    stylesTrouble("overrides", OVERRIDES, file["overrides"])
  );
}

function idTrouble(id: unknown, wanted: string): Trouble | undefined {
  return id === undefined || id === wanted
    ? undefined
    : { at: ["id"], text: `the id must be the file's name, "${wanted}"` };
}

function nameTrouble(name: unknown): Trouble | undefined {
  const isName = name === undefined || (typeof name === "string" && name.trim() !== "" && fits(name));
  return isName
    ? undefined
    : { at: ["name"], text: `the name must be a text of at most ${THEME_NAME_CHARS_MAX} characters` };
}

function fits(name: string): boolean {
  return name.length <= THEME_NAME_CHARS_MAX && !/[\u0000-\u001f\u007f-\u009f]/.test(name);
}

function baseTrouble(base: unknown): Trouble | undefined {
  const isBase = base === undefined || (typeof base === "string" && BUILT_IN_THEMES.includes(themeId(base)));
  return isBase ? undefined : { at: ["base"], text: `the base must be one of ${BUILT_IN_THEMES.join(", ")}` };
}

function stylesTrouble(member: string, tokens: readonly string[], styles: unknown): Trouble | undefined {
  if (styles === undefined) return undefined;
  if (typeof styles !== "object" || styles === null || Array.isArray(styles) || styles instanceof Date) {
    return { at: [member], text: `"${member}" must be a table` };
  }
  for (const [token, style] of Object.entries(styles)) {
    const at = [member, token];
    if (!tokens.includes(token)) return { at, text: `"${member}" has ${tokens.join(", ")}, and nothing else` };
    if (typeof style !== "string" || parseStyle(style) === undefined) {
      return { at, text: `"${token}" must be a style such as "#88C0D0", "bold red" or "bright_blue underline"` };
    }
  }
  return undefined;
}

/** The parser that knows the places is loaded only for a file with a mistake. */
async function fault(path: string, text: string, { at, text: what }: Trouble): Promise<HostError> {
  const { tomlPlaces } = await import("../config/toml-places.ts");
  const { line, column } = tomlPlaces(text)(at) ?? { line: 1, column: 1 };
  return new HostError("config_invalid", `${path}:${line}:${column}: ${what}`, {
    hint: "correct the file in an editor",
    details: { file: path, line, column },
  });
}
