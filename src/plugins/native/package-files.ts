// Collects what goes into a package from the folder of a plugin's author.

import { lstat, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import { HostError } from "../../protocol/errors.ts";
import type { PackageIdentity } from "./package-source.ts";
import type { ZipInput } from "./zip-write.ts";

const IDENTITY_FILE = "osaurus-plugin.json";
const FOLDERS = ["web", "skills"] as const;
const DOCUMENTS = ["README.md", "CHANGELOG.md", "LICENSE", "LICENSE.md", "LICENSE.txt", "SKILL.md"] as const;

/** How the author builds it says nothing to whoever installs it. */
const AUTHORS_MEMBER = "dev";

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
export async function libraryInput(path: string): Promise<ZipInput> {
  const name = basename(path);
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) {
    throw new HostError("library_unknown", `there is no library at ${path}`, { hint: "check the path" });
  }
  if (!/\.(so|dylib)$/.test(name)) throw invalid(`${name} is no library`, "libraries end in .so or .dylib");
  return { name, from: path, isExecutable: true };
}

async function identityFile(folder: string, { pluginId, version }: PackageIdentity): Promise<ZipInput> {
  const made = Buffer.from(`${JSON.stringify({ plugin_id: pluginId, version }, null, 2)}\n`);
  const text = await readFile(join(folder, IDENTITY_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return { name: IDENTITY_FILE, from: made };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(`${IDENTITY_FILE} is not JSON: ${(error as Error).message}`, "mend it, or remove it");
  }
  const parsed = Identity.safeParse(json);
  const differs =
    !parsed.success || (parsed.data.plugin_id ?? pluginId) !== pluginId || (parsed.data.version ?? version) !== version;
  if (differs) throw invalid(`${IDENTITY_FILE} is not for ${pluginId} ${version}`, "change it, or what you pack it as");
  const isWhole = parsed.data.plugin_id !== undefined && parsed.data.version !== undefined;
  const isPlain = isWhole && !Object.hasOwn(json as object, AUTHORS_MEMBER);
  const { [AUTHORS_MEMBER]: _, ...others } = json as Record<string, unknown>;
  const filledIn = { ...others, plugin_id: pluginId, version };
  return {
    name: IDENTITY_FILE,
    from: isPlain ? Buffer.from(text) : Buffer.from(`${JSON.stringify(filledIn, null, 2)}\n`),
  };
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
