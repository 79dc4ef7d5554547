// Collects what goes into a package from the folder of a plugin's author.

import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../../base/read-small-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { isTooDeep } from "../../protocol/json-bounds.ts";
import { MANIFEST_BYTES_MAX } from "../../protocol/limits.ts";
import { MANIFEST_MEMBERS } from "../../protocol/manifest.ts";
import type { PackageIdentity, PackageSource } from "./package-source.ts";
import type { ZipInput } from "./zip-write.ts";

const IDENTITY_FILE = "osaurus-plugin.json";
const FOLDERS = ["web", "skills"] as const;
const DOCUMENTS = ["README.md", "CHANGELOG.md", "LICENSE", "LICENSE.md", "LICENSE.txt", "SKILL.md"] as const;

const Identity = z.object({ plugin_id: z.optional(z.string()), version: z.optional(z.string()) });

/** The one library in a folder. Throws `package_invalid` when there is none, or several. */
export async function findLibraryIn(folder: string): Promise<string> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => /\.(so|dylib)$/.test(entry.name) && !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const [only] = names;
  if (only !== undefined && names.length === 1) return join(folder, only);
  if (only === undefined) throw invalid(`there is no library in ${folder}`, "build the plugin, or name the library");
  throw invalid(`there are several libraries in ${folder}: ${names.join(", ")}`, "name the one to pack");
}

/** Everything but the library and the manifest. Throws `package_invalid` for links, and when an identity differs. */
export async function collectFiles(folder: string, identity: PackageIdentity): Promise<ZipInput[]> {
  const inputs: ZipInput[] = [await identityFile(folder, identity)];
  for (const name of FOLDERS) await addFolder(join(folder, name), name, inputs);
  const there = await readdir(folder);
  for (const name of DOCUMENTS) {
    const spelling = [name, name.toLowerCase()].find((one) => there.includes(one));
    if (spelling !== undefined) await addFile(join(folder, spelling), spelling, inputs);
  }
  return inputs;
}

/** The library as it is to stand in the package. */
export async function libraryInput({ path, name }: NonNullable<PackageSource["library"]>): Promise<ZipInput> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) {
    throw new HostError("library_unknown", `there is no library at ${path}`, { hint: "check the path" });
  }
  if (!/\.(so|dylib)$/.test(name)) throw invalid(`${name} is no library`, "libraries end in .so or .dylib");
  return { name, from: path, isExecutable: true };
}

async function identityFile(folder: string, { pluginId, version }: PackageIdentity): Promise<ZipInput> {
  const text = await identityText(join(folder, IDENTITY_FILE));
  let json: unknown = {};
  try {
    if (text !== undefined) json = JSON.parse(text);
  } catch (error) {
    throw invalid(`${IDENTITY_FILE} is not JSON: ${(error as Error).message}`, "mend it, or remove it");
  }
  const parsed = Identity.safeParse(json);
  const differs =
    !parsed.success || (parsed.data.plugin_id ?? pluginId) !== pluginId || (parsed.data.version ?? version) !== version;
  if (differs) throw invalid(`${IDENTITY_FILE} is not for ${pluginId} ${version}`, "change it, or what you pack it as");
  const own = { plugin_id: pluginId, version, ...manifestMembers(json as Record<string, unknown>) };
  return { name: IDENTITY_FILE, from: Buffer.from(`${JSON.stringify(own, null, 2)}\n`) };
}

/** The text of the file, as long as it is one; nothing when there is none. */
async function identityText(path: string): Promise<string | undefined> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.isSymbolicLink()) throw invalid(`${IDENTITY_FILE} is a link`, "packages hold files and folders only");
  const file = readSmallFile(path, MANIFEST_BYTES_MAX);
  if (file?.problem !== undefined) throw invalid(`${IDENTITY_FILE}: ${file.problem}`, "mend it, or remove it");
  if (file !== undefined && isTooDeep(file.text))
    throw invalid(`${IDENTITY_FILE} is nested too deep`, "mend it, or remove it");
  return file?.text;
}

/** An author's file may be the manifest as well. What else stands there, such as how it is built, is nobody else's business. */
function manifestMembers(json: Record<string, unknown>): Record<string, unknown> {
  if (!Object.hasOwn(json, "capabilities")) return {};
  return Object.fromEntries(Object.entries(json).filter(([name]) => MANIFEST_MEMBERS.includes(name)));
}

async function addFolder(path: string, name: string, inputs: ZipInput[]): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return;
  if (!stat.isDirectory()) throw invalid(`${name} is no folder`, "packages hold files and folders only");
  for (const entry of await readdir(path)) {
    if (entry === ".DS_Store") continue;
    const inner = join(path, entry);
    if ((await lstat(inner)).isDirectory()) await addFolder(inner, `${name}/${entry}`, inputs);
    else await addFile(inner, `${name}/${entry}`, inputs);
  }
}

async function addFile(path: string, name: string, inputs: ZipInput[]): Promise<void> {
  const stat = await lstat(path);
  if (stat.isFile()) return void inputs.push({ name, from: path });
  throw invalid(`${name} is ${stat.isSymbolicLink() ? "a link" : "no file"}`, "packages hold files and folders only");
}

function invalid(message: string, hint: string): HostError {
  return new HostError("package_invalid", message, { hint });
}
