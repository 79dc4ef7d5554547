// Which registries the user has: `<data>/Config/registries.json`. Reading what is in them is registry-source.ts's.

import { readFileSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import * as z from "zod/mini";
import { withFileLock } from "../../base/file-lock.ts";
import { nearest } from "../../base/nearest.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { lengthCheck } from "../../protocol/length-check.ts";
import { FILE_LOCK_MS_MAX, REGISTRY_LOCATION_CHARS_MAX, REGISTRY_NAME_CHARS_MAX } from "../../protocol/limits.ts";
import { parseWith } from "../../protocol/parse-with.ts";
import { checkUrl } from "./fetch-url.ts";

const REGISTRIES_MAX = 100;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const ENTRIES_FOLDER = "plugins";
/** Of what was read of registries on the web. */
const KEPT_FOLDER = "PluginSpecs";

const Registry = z.object({
  /** Also the name of the folder with what was kept of it. */
  name: z
    .string()
    .check(
      z.regex(NAME, "must be of letters, digits, dots, lines and underlines"),
      lengthCheck({ max: REGISTRY_NAME_CHARS_MAX }),
    ),
  /** A URL that ends in "/", or the absolute path of a folder. */
  location: z.string().check(lengthCheck({ min: 1, max: REGISTRY_LOCATION_CHARS_MAX })),
  kind: z.enum(["folder", "url"]),
});
const ListSchema = z.object({ registries: z.array(Registry).check(lengthCheck({ max: REGISTRIES_MAX })) });

export type Registry = z.infer<typeof Registry>;

/** All registries, in the order in which they are asked. Throws `config_invalid` when the list is not one. */
export function readRegistries(data: string): Registry[] {
  const path = listPath(data);
  const fail = (problem: string): never => {
    throw new HostError("config_invalid", `the list of registries, ${path}, is not usable: ${problem}`, {
      hint: 'mend it, or remove it and add the registries again with "osaurus registry add"',
      details: { path },
    });
  };
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? [] : fail(`it cannot be read: ${code}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail(`it is not JSON: ${(error as Error).message}`);
  }
  const parsed = parseWith(ListSchema, json);
  if ("problem" in parsed) return fail(parsed.problem);
  const names = parsed.data.registries.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) fail(`the name "${twice}" stands there twice`);
  for (const { kind, location } of parsed.data.registries) {
    const problem = kind === "url" ? urlProblem(location) : undefined;
    if (problem !== undefined) fail(problem);
  }
  return parsed.data.registries;
}

/**
 * Adds a registry at the end of the list. One that is there already is left as it is.
 *
 * @param typed a URL, or a folder as seen from `cwd`.
 */
export async function addRegistry(
  data: string,
  { typed, cwd, name }: { readonly typed: string; readonly cwd: string; readonly name?: string | undefined },
): Promise<{ registry: Registry; added: boolean }> {
  if (name !== undefined && (!NAME.test(name) || name.length > REGISTRY_NAME_CHARS_MAX)) {
    throw new HostError("usage_invalid", `"${name}" is no name for a registry`, {
      hint: `a name has at most ${REGISTRY_NAME_CHARS_MAX} letters, digits, dots, lines and underlines`,
    });
  }
  const wanted = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed)
    ? { kind: "url" as const, location: registryUrl(typed).href }
    : { kind: "folder" as const, location: registryFolder(resolve(cwd, typed)) };
  return await change<{ registry: Registry; added: boolean }>(data, (registries) => {
    const same = registries.find(({ location }) => location === wanted.location);
    if (same && (name === undefined || name === same.name)) {
      return { list: registries, value: { registry: same, added: false } };
    }
    const taken = new Set(registries.map((one) => one.name.toLowerCase()));
    if (same || taken.has(name?.toLowerCase() ?? "") || registries.length >= REGISTRIES_MAX) {
      throw new HostError("usage_invalid", cannotAdd(same, name), { hint: 'see "osaurus registry list"' });
    }
    const registry = { name: name ?? freeName(nameOf(wanted), taken), ...wanted };
    removeKept(data, registry.name);
    return { list: [...registries, registry], value: { registry, added: true } };
  });
}

function cannotAdd(same: Registry | undefined, name: string | undefined): string {
  if (same) return `${same.location} is a registry already, under the name "${same.name}"`;
  if (name !== undefined) return `there is another registry with the name "${name}"`;
  return `there are ${REGISTRIES_MAX} registries already, and no more are possible`;
}

/** Takes a registry off the list, and what was kept of it. Throws `registry_unknown`. */
export async function removeRegistry(data: string, nameOrLocation: string): Promise<Registry> {
  const removed = await change(data, (registries) => {
    const found =
      registries.find(({ name }) => name === nameOrLocation) ??
      registries.find(({ location }) => location.replace(/\/$/, "") === nameOrLocation.replace(/\/$/, ""));
    if (!found) throw unknownRegistry(nameOrLocation, registries);
    return { list: registries.filter((one) => one !== found), value: found };
  });
  removeKept(data, removed.name);
  return removed;
}

function unknownRegistry(wanted: string, registries: readonly Registry[]): HostError {
  const names = registries.map(({ name }) => name);
  const near = nearest(wanted, names);
  const known = names.length > 0 ? `known: ${names.join(", ")}` : 'add one with "osaurus registry add URL|DIR"';
  return new HostError("registry_unknown", `there is no registry "${wanted}"`, {
    hint: near === undefined ? known : `did you mean "${near}"?`,
  });
}

/** Where what was read of a registry is kept, for when it cannot be reached. */
export function keptFolder(data: string, name: string): string {
  return join(data, KEPT_FOLDER, name);
}

/** Removes what was kept of all registries. Throws `config_unwritable`. */
export function removeAllKept(data: string): void {
  const path = join(data, KEPT_FOLDER);
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

function removeKept(data: string, name: string): void {
  rmSync(keptFolder(data, name), { recursive: true, force: true });
}

function listPath(data: string): string {
  return join(data, "Config", "registries.json");
}

/** The address that everything in the registry is relative to. Throws `usage_invalid`. */
function registryUrl(text: string): URL {
  const url = checkUrl(text);
  if (url.search !== "" || url.hash !== "") {
    throw new HostError("usage_invalid", `${text} cannot be a registry: it has a "?" or a "#" in it`, {
      hint: 'give the address of the folder that holds "plugins/"',
    });
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function urlProblem(location: string): string | undefined {
  try {
    registryUrl(location);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

function registryFolder(path: string): string {
  if (statSync(join(path, ENTRIES_FOLDER), { throwIfNoEntry: false })?.isDirectory()) return path;
  const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  throw new HostError(
    "registry_invalid",
    isThere ? `${path} is no registry: it has no folder "${ENTRIES_FOLDER}"` : `there is no folder ${path}`,
    { hint: `a registry has a file "${ENTRIES_FOLDER}/<plugin_id>.json" for each plugin` },
  );
}

/** What people would call it: the host of a URL, the folder's own name. */
function nameOf({ kind, location }: Pick<Registry, "kind" | "location">): string {
  const text = kind === "url" ? new URL(location).host : basename(location);
  const plain = text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return plain.slice(0, REGISTRY_NAME_CHARS_MAX - 4) || "registry";
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${wanted}-${count}`;
  return name;
}

/** Reads, changes and writes the list while no other process does. */
async function change<T>(
  data: string,
  work: (registries: readonly Registry[]) => { list: readonly Registry[]; value: T },
): Promise<T> {
  const path = listPath(data);
  try {
    const locked = await withFileLock(`${path}.lock`, FILE_LOCK_MS_MAX, () => {
      const before = readRegistries(data);
      const { list, value } = work(before);
      const text = `${JSON.stringify({ registries: list }, undefined, 2)}\n`;
      if (list !== before) replaceFile(path, text, { mode: 0o600, flush: true });
      return value;
    });
    if (locked !== undefined) return locked.value;
  } catch (error) {
    throw error instanceof HostError ? error : unwritable(path, error as NodeJS.ErrnoException);
  }
  throw new HostError("config_busy", `another process has been changing ${path} for too long`, { hint: "try again" });
}

function unwritable(path: string, error: NodeJS.ErrnoException): HostError {
  return new HostError("config_unwritable", `${path} cannot be written: ${error.code}`, {
    hint: "look at owner and mode of the folder",
    details: { path },
    cause: error,
  });
}
