// Which flags of a typed line hold secrets for a native tool; for those who keep lines. As everywhere where a line is only
// looked at, nothing of a plugin runs, and what is not known is no secret.

import type { Paths } from "../base/paths.ts";
import { nativePluginNamed, rememberedManifest, toolNamed } from "../host/native-commands.ts";
import { HostError } from "../protocol/errors.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { noFlags } from "./flags.ts";
import { findFlag, type ToolFlags, toolFlags } from "./native-flags.ts";
import { holdsSecret, mayHaveSecrets } from "./native-secrets.ts";
import { takeLeadingFlags } from "./split-line.ts";

/**
 * The flags of the line whose values are secrets or may hold some, as they were typed: `--password`, `--login.password`,
 * `--login`, `--args`. Never fails.
 *
 * @param words the line from its first word on, with the host's flags that may stand before the plugin.
 */
export async function secretFlagsOf(
  paths: Pick<Paths, "data">,
  words: readonly string[],
): Promise<ReadonlySet<string>> {
  try {
    const called = await calledTool(paths, words);
    if (called === undefined || !mayHaveSecrets(called.flags)) return new Set();
    const names = called.tokens.filter((token) => token.startsWith("--")).map((token) => token.split("=", 1)[0]!);
    return new Set(names.filter((name) => isSecret(called.flags, name)));
  } catch (error) {
    // An ambiguous plugin, an unknown tool, a wrong flag: no such line reaches a tool.
    if (error instanceof HostError) return new Set();
    throw error;
  }
}

function isSecret(flags: ToolFlags, name: string): boolean {
  if (name === "--args") return true;
  try {
    const flag = findFlag(flags, name)?.flag;
    return flag !== undefined && holdsSecret(flag, flags);
  } catch (error) {
    if (error instanceof HostError) return true; // Nested too deeply: nobody knows.
    throw error;
  }
}

interface Called {
  readonly flags: ToolFlags;
  /** Behind the tool. */
  readonly tokens: readonly string[];
}

async function calledTool(paths: Pick<Paths, "data">, words: readonly string[]): Promise<Called | undefined> {
  let rest = words.slice(takeLeadingFlags(noFlags(), words));
  const isCall = rest[0] === "tools" && rest[1] === "call";
  if (isCall) rest = rest.slice(2);
  let manifest = await manifestNamed(paths, rest[0]);
  if (manifest === undefined && !isCall) {
    // The first word may be a profile.
    rest = rest.slice(1);
    rest = rest.slice(takeLeadingFlags(noFlags(), rest));
    manifest = await manifestNamed(paths, rest[0]);
  }
  if (manifest === undefined) return undefined;
  rest = rest.slice(1);
  rest = rest.slice(takeLeadingFlags(noFlags(), rest));
  if (rest[0] === undefined) return undefined;
  return { flags: toolFlags(toolNamed(manifest, rest[0]).parameters), tokens: rest.slice(1) };
}

async function manifestNamed(paths: Pick<Paths, "data">, word: string | undefined): Promise<Manifest | undefined> {
  const pluginId = word === undefined ? undefined : await nativePluginNamed(paths, word);
  return pluginId === undefined ? undefined : await rememberedManifest(paths, pluginId);
}
