// A TOML file as data. What is wrong with one is said with its line and column, and without its text, which may be secret.

import { HostError } from "../protocol/errors.ts";

export type TomlTable = { readonly [key: string]: unknown };

/** Values are at most lists, so that nothing sensible nests deeper than this. */
const DEPTH_MAX = 64;

/** The parser costs a millisecond or more to load; who has no file does not pay for it. */
export async function tomlParser(): Promise<(text: string, path: string) => TomlTable> {
  const { parse } = await import("smol-toml");
  return (text, path) => {
    try {
      return parse(text, { integersAsBigInt: "asNeeded", maxDepth: DEPTH_MAX });
    } catch (error) {
      throw syntaxError(error, path);
    }
  };
}

function syntaxError(error: unknown, path: string): HostError {
  const { message, line = 1, column = 1 } = error as Error & { line?: number; column?: number };
  const reason = (message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
  return new HostError("config_invalid", `${path}:${line}:${column}: this is not TOML: ${reason}`, {
    hint: "correct the file in an editor",
    details: { file: path, line, column },
  });
}

/** A date or time as text, the way TOML writes it and without zeros that say nothing. */
export function dateText(date: Date): string {
  return date.toISOString().replace(/\.(\d*?)0+(?=\D|$)/, (_, digits: string) => (digits === "" ? "" : `.${digits}`));
}
