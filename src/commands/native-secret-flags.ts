// Which flags of a typed line hold secrets for a native tool; for those who keep lines. As everywhere where a line is only
// looked at, nothing of a plugin runs. A line is not understood here: whatever it may mean with a plugin and a flag in it counts.

import type { Paths } from "../base/paths.ts";
import { nativePluginsNamed, rememberedManifest, toolNamed } from "../host/native-commands.ts";
import { HostError } from "../protocol/errors.ts";
import type { Manifest, ManifestTool } from "../protocol/manifest.ts";
import { flagToken } from "./flags.ts";
import { findFlag, type ToolFlags, toolFlags } from "./native-flags.ts";
import { holdsSecret, mayHaveSecrets } from "./native-secrets.ts";

/**
 * The flags among the words whose values are secrets or may hold some, as they were typed: `--password`, `--login.password`,
 * `--login`, `--args`. Never fails.
 *
 * @param words in any order: where a plugin's name stands somewhere, a flag anywhere may be its tool's.
 */
export async function secretFlagsOf(
  paths: Pick<Paths, "data">,
  words: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set(
    words.filter((word) => word.startsWith("--") && word !== "--").map((word) => word.split("=", 1)[0]!),
  );
  const others = new Set(words.filter((word) => !word.startsWith("-")));
  const secret = new Set<string>();
  if (names.size === 0) return secret;
  for (const pluginId of await nativePluginsNamed(paths, others)) {
    const manifest = await rememberedManifest(paths, pluginId);
    // Of a plugin that could not be loaded so far, nobody knows.
    const isOne = manifest === undefined ? (name: string) => flagToken(name) === undefined : secretOf(manifest, others);
    for (const name of names) if (isOne(name)) secret.add(name);
  }
  return secret;
}

/** Whether a flag is a secret of the tools that are named, or where none is, because its name has a mistake, of any tool. */
function secretOf(manifest: Manifest, words: Iterable<string>): (name: string) => boolean {
  const named = [...words].flatMap((word) => toolsNamed(manifest, word));
  const tools = named.length > 0 ? named : (manifest.capabilities.tools ?? []);
  const all = tools.map(({ parameters }) => toolFlags(parameters)).filter(mayHaveSecrets);
  return (name) => all.some((flags) => isSecret(flags, name));
}

function toolsNamed(manifest: Manifest, word: string): ManifestTool[] {
  try {
    return [toolNamed(manifest, word)];
  } catch (error) {
    if (error instanceof HostError) return [];
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
