// The manifest.toml beside plugins that came with a program: which executables belong there, what each is, and, when it
// says so, the exact bytes. Read only in bundled folders; one that is there and wrong makes the whole folder unusable.

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import * as z from "zod/mini";
import { HostError } from "../../protocol/errors.ts";
import { lengthCheck } from "../../protocol/length-check.ts";
import {
  BUNDLE_MANIFEST_BYTES_MAX,
  BUNDLE_PLUGINS_MAX,
  DESCRIBE_COMMANDS_MAX,
  PLUGIN_ID_CHARS_MAX,
} from "../../protocol/limits.ts";
import { parseWith } from "../../protocol/parse-with.ts";

const word = z.string().check(z.trim(), lengthCheck({ min: 1, tooShort: "must not be blank" }));
const CommandName = z
  .string()
  .check(z.trim(), z.regex(/^[a-z0-9_-]+$/, "must be made of a-z, 0-9, - and _ only, and not be empty"));
const Checksum = z
  .string()
  .check(z.trim(), z.toLowerCase(), z.regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"));
const isBareName = (name: string) => name !== "." && name !== ".." && !/[/\\\0]/.test(name);

const BundledPlugin = z.object({
  id: word.check(lengthCheck({ max: PLUGIN_ID_CHARS_MAX })),
  exe: word.check(z.refine(isBareName, "must be the name of a file in the same folder, without a path")),
  version: word,
  commands: z
    .array(CommandName)
    .check(lengthCheck({ min: 1, max: DESCRIBE_COMMANDS_MAX, tooShort: "must name at least one command" })),
  enabled_by_default: z._default(z.boolean(), false),
  checksum_sha256: z.optional(Checksum),
});
export type BundledPlugin = z.infer<typeof BundledPlugin>;

const Manifest = z.object({
  protocol_version: z.literal(1),
  plugin: z._default(
    z.array(BundledPlugin).check(lengthCheck({ max: BUNDLE_PLUGINS_MAX }), unique("id"), unique("exe")),
    [],
  ),
});

function unique(member: "id" | "exe") {
  return z.check<BundledPlugin[]>(({ value, issues }) => {
    const seen = new Set<string>();
    for (const [index, plugin] of value.entries()) {
      const message = `"${plugin[member]}" is there twice`;
      if (seen.has(plugin[member])) issues.push({ code: "custom", message, input: value, path: [index, member] });
      seen.add(plugin[member]);
    }
  });
}

/** The plugins that the manifest of a folder lists, by the name of their file. Throws `bundle_invalid`. */
export function readBundleManifest(dir: string): ReadonlyMap<string, BundledPlugin> {
  const path = join(dir, "manifest.toml");
  const input = parseToml(path, readText(path));
  const parsed = parseWith(Manifest, input);
  if ("problem" in parsed) throw invalid(path, parsed.problem);
  return new Map(parsed.data.plugin.map((plugin) => [plugin.exe, plugin]));
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw invalid(path, "it is not a regular file");
    if (stat.size > BUNDLE_MANIFEST_BYTES_MAX)
      throw invalid(path, `it has more than ${BUNDLE_MANIFEST_BYTES_MAX} bytes`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw invalid(path, `it cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, "it is no UTF-8 text");
  }
}

function parseToml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw invalid(path, "it is nested too deeply");
    const what = error.message.split("\n", 1)[0]!.replace(/^Invalid TOML document: /, "");
    throw invalid(path, `${what} (line ${error.line}, column ${error.column})`);
  }
}

function invalid(path: string, what: string): HostError {
  return new HostError("bundle_invalid", `${path} cannot be used: ${what}`, {
    hint: "the plugins in its folder are not used until it is corrected or removed",
    details: { path },
  });
}
