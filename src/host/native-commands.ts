// What the terminal needs to call native tools by name: which plugin a word means, what it said of its tools, and which
// argument of a call is wrong. Nothing of a plugin runs for that.

import { nearest } from "../base/nearest.ts";
import type { Paths } from "../base/paths.ts";
import { findInstalled, listInstalled } from "../plugins/native/installed.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { HostError } from "../protocol/errors.ts";
import type { Manifest, ManifestTool } from "../protocol/manifest.ts";
import { definedByManifest } from "../tools/tool-definition.ts";
import { factsOf } from "../tools/tool-facts.ts";
import { findToolByName } from "../tools/tool-names.ts";
import { keptManifest } from "./known-manifest.ts";
import type { PermissionsHost } from "./permissions-host.ts";

/**
 * The installed plugin of this id, or the only one whose id ends in `.<word>`. Throws `provider_ambiguous` when there are
 * several of those.
 */
export async function nativePluginNamed(paths: Pick<Paths, "data">, word: string): Promise<string | undefined> {
  const tools = toolsFolder(paths);
  const exact = await findInstalled(tools, word);
  if (exact !== undefined) return exact.pluginId;
  const ids = (await listInstalled(tools)).map(({ pluginId }) => pluginId).filter((id) => id.endsWith(`.${word}`));
  // Of "a.b.c", the last part is "c" alone.
  const named = word.includes(".") ? [] : ids;
  if (named.length <= 1) return named[0];
  throw new HostError("provider_ambiguous", `several plugins are called "${word}": ${named.join(", ")}`, {
    hint: "give the whole id of the plugin",
    details: { word, plugins: named },
  });
}

/** All installed plugins that one of the words may mean, also where it may mean several. */
export async function nativePluginsNamed(paths: Pick<Paths, "data">, words: ReadonlySet<string>): Promise<string[]> {
  const ids = (await listInstalled(toolsFolder(paths))).map(({ pluginId }) => pluginId);
  return ids.filter((id) => words.has(id) || words.has(id.slice(id.lastIndexOf(".") + 1)));
}

/** How an installed plugin is called that was probably meant: by its whole id, or by the end of it. */
export async function nearestNative(paths: Pick<Paths, "data">, word: string): Promise<string | undefined> {
  const ids = (await listInstalled(toolsFolder(paths))).map(({ pluginId }) => pluginId);
  return nearest(word, [...ids, ...ids.map((id) => id.slice(id.lastIndexOf(".") + 1))]);
}

/** What an installed plugin said of itself when it was loaded last; nothing when it was never loaded. */
export async function rememberedManifest(paths: Pick<Paths, "data">, pluginId: string): Promise<Manifest | undefined> {
  const installed = await findInstalled(toolsFolder(paths), pluginId);
  return installed && keptManifest(installed);
}

/** The tool by its id or another spelling. Throws `tool_unknown`, `tool_ambiguous`. */
export function toolNamed(manifest: Manifest, name: string): ManifestTool {
  return findToolByName([manifest], name, manifest.plugin_id).tool;
}

/** Fails with `definition_changed` when the tool is not the one that was approved. */
export async function refuseChanged(
  { definitions }: Pick<PermissionsHost, "definitions">,
  { plugin_id }: Manifest,
  tool: ManifestTool,
): Promise<void> {
  const refusal = await definitions.refusalOf(definedByManifest(plugin_id, tool));
  if (refusal !== undefined) throw refusal;
}

/** What is wrong with the arguments of a call, and which of them is; nothing when they are right. Throws `input_too_large`. */
export async function wrongArgument(
  { plugin_id }: Manifest,
  tool: ManifestTool,
  input: string,
): Promise<{ message: string; field: string | undefined } | undefined> {
  const checked = (await factsOf(plugin_id, tool).check).check(input);
  return "failure" in checked ? { message: checked.failure.message, field: checked.failure.field } : undefined;
}
