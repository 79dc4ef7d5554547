// Examines a registry in a folder, or one entry of it: whatever would keep somebody from installing what it offers, found
// before they do. Nothing is fetched from the web.

import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import { HostError } from "../protocol/errors.ts";
import { REGISTRY_ENTRIES_MAX, REGISTRY_ENTRY_BYTES_MAX } from "../protocol/limits.ts";
import { checkEntryFile } from "./check-entry.ts";
import { fail, type RegistryFinding, warn } from "./registry-finding.ts";
import { idsIn } from "./registry-folder.ts";

const INDEX = "plugins/index.json";

/** All that there is to say, a `fail` or a `warn` a mistake. Throws `file_unknown`, and `registry_invalid` for a folder that is no registry. */
export async function validateRegistry(path: string, signal: AbortSignal): Promise<RegistryFinding[]> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new HostError("file_unknown", `there is nothing at ${path}`, { hint: "check the path" });
  if (!stat.isDirectory()) return await validateFile(path, signal);
  const root = realpathSync(path);
  if (lstatSync(join(root, "plugins"), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw noRegistry(`${path} is no registry: it has no folder "plugins"`);
  }
  const findings: RegistryFinding[] = [];
  const used = new Set<string>();
  const names = readdirSync(join(root, "plugins")).sort();
  for (const name of names.filter((one) => one.endsWith(".json") && one !== "index.json")) {
    if (signal.aborted) throw new HostError("interrupted", "interrupted");
    findings.push(...(await checkEntryFile({ root, file: `plugins/${name}`, used, signal })));
  }
  return [...findings, ...countFindings(idsIn(root).length), ...checkIndex(root), ...unused(root, used)];
}

/** One entry; the archives that it names are looked for where the registry of its folder has them. */
async function validateFile(path: string, signal: AbortSignal): Promise<RegistryFinding[]> {
  const real = realpathSync(path);
  const isInRegistry = basename(dirname(real)) === "plugins";
  const root = isInRegistry ? dirname(dirname(real)) : undefined;
  const file = root === undefined ? real : relative(root, real);
  if (root !== undefined && file.replaceAll(sep, "/") === INDEX) return checkIndex(root);
  return await checkEntryFile({ root, file, used: new Set(), signal });
}

/** What is to be said of the number of entries. */
export function countFindings(count: number): RegistryFinding[] {
  if (count > REGISTRY_ENTRIES_MAX)
    return [fail("plugins", "entries", `it has more than ${REGISTRY_ENTRIES_MAX} entries`)];
  return count > 0 ? [] : [warn("plugins", "entries", "it has no entry yet", "osaurus registry publish ZIP DIR")];
}

/** Whether the list of plugins, which only registries on the web need, is the folder's. */
function checkIndex(root: string): RegistryFinding[] {
  const file = readSmallFile(join(root, INDEX), REGISTRY_ENTRY_BYTES_MAX);
  if (file === undefined) {
    const hint =
      'where the folder is served by another program than "osaurus registry serve", write a list of the ids there';
    return [warn(INDEX, "index", "there is no list of the plugins, which searching over the web needs", hint)];
  }
  const listed = file.text === undefined ? undefined : idsListed(file.text);
  if (listed === undefined) return [fail(INDEX, "index", "it is no list of ids", 'write ["plugin.id", ...]')];
  const there = idsIn(root);
  const missing = there.filter((id) => !listed.includes(id));
  const tooMany = listed.filter((id) => !there.includes(id));
  const mistakes = [
    ...missing.map((id) =>
      fail(INDEX, "index", `it does not have "${id}"`, "add it: nobody finds the plugin by searching"),
    ),
    ...tooMany.map((id) => fail(INDEX, "index", `it has "${id}", of which there is no entry`, "take it out")),
  ];
  return mistakes;
}

function idsListed(text: string): string[] | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const list = Array.isArray(json) ? json : (json as { plugins?: unknown } | null)?.plugins;
    if (!Array.isArray(list)) return undefined;
    const ids = list.map((one) => (typeof one === "string" ? one : (one as { plugin_id?: unknown } | null)?.plugin_id));
    return ids.every((id) => typeof id === "string") ? ids : undefined;
  } catch {
    return undefined;
  }
}

/** Archives that no entry names: left from a publishing that was killed, or from an entry that was edited. */
function unused(root: string, used: ReadonlySet<string>): RegistryFinding[] {
  const folder = join(root, "artifacts");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".zip") && !used.has(join(folder, name)))
    .sort()
    .map((name) => warn(`artifacts/${name.replaceAll(sep, "/")}`, "artifact_unused", "no entry names it", "remove it"));
}

function noRegistry(message: string): HostError {
  return new HostError("registry_invalid", message, {
    hint: 'a registry has a file "plugins/<plugin_id>.json" for each plugin; "osaurus registry publish" makes one',
  });
}
