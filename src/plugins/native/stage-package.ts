// Takes out of a package what is installed of it: the library, what it says of itself, its web pages, its skills and
// its documents. Everything else stays behind, so no package can bring a receipt or a consent of its own along.

import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { LIBRARY_SUFFIX } from "../../base/library-suffix.ts";
import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_ENTRIES_MAX, ARCHIVE_UNPACKED_BYTES_MAX } from "../../protocol/limits.ts";
import { checkLibraryFile } from "./library-file.ts";
import { IDENTITY_FILES, type PackageFacts, readPackageFacts } from "./package-identity.ts";
import type { PackageSource } from "./package-source.ts";
import { sha256Of } from "./sha256-of.ts";
import { isPlainName } from "./tools-folder.ts";
import { unpackZip } from "./zip-read.ts";

const LIBRARY = /\.(so|dylib)$/;
const DOCUMENT = /^(readme|changelog|license|licence|copying|notice)(\.(md|txt))?$/i;
const SKILL = /^skill\.md$/i;
const FOLDERS: ReadonlySet<string> = new Set(["web", "skills"]);
/** How deep skills are looked for outside their folder. */
const SKILL_DEPTH_MAX = 8;

export interface StagedPackage extends PackageFacts {
  /** What is to become the folder of the version. */
  readonly folder: string;
  /** The plain name of the library in it, and its SHA-256. */
  readonly library: string;
  readonly librarySha256: string;
}

/** Puts one file or folder of the package to where it is wanted. */
type Take = (from: string, to: string) => Promise<void>;

/**
 * Prepares a package below `staging`, which is the caller's to remove. Throws `package_invalid`, `library_wrong_machine`,
 * `archive_invalid` or `archive_too_large`.
 */
export async function stagePackage(
  source: PackageSource,
  staging: string,
  options: { readonly signal?: AbortSignal | undefined; readonly unpackedBytesMax?: number } = {},
): Promise<StagedPackage> {
  const folder = join(staging, "version");
  await mkdir(folder, { mode: 0o755 });
  const isArchive = source.kind === "archive";
  let root = source.path;
  if (isArchive) {
    root = join(staging, "unpacked");
    await mkdir(root, { mode: 0o700 });
    await unpackZip(source.path, root, options);
    root = await unwrap(root);
  }
  const { path: libraryPath, name: library } = source.library ?? (await findLibrary(root));
  mustBeForThisSystem(library);
  const take: Take = isArchive ? rename : copier(options);
  await takeWanted(root, folder, take);
  await mustBe("file", libraryPath, library);
  await take(libraryPath, join(folder, library));
  if (isArchive) await takeScatteredSkills(root, folder, take);
  await chmod(join(folder, library), 0o755);
  const fileName = isArchive && source.identity === undefined ? fileNameOf(source.label) : undefined;
  const facts = await readPackageFacts(folder, { registry: source.identity, fileName });
  const wrong = checkLibraryFile(join(folder, library));
  if (wrong) throw wrong;
  return { ...facts, folder, library, librarySha256: await sha256Of(join(folder, library)) };
}

/** The last part of a path or of a URL. */
function fileNameOf(label: string): string {
  if (!/^https?:\/\//i.test(label)) return basename(label);
  const path = URL.parse(label)?.pathname ?? "";
  try {
    return basename(decodeURIComponent(path));
  } catch {
    return basename(path);
  }
}

/** Archives often have one folder at their root with everything in it. */
export async function unwrap(root: string): Promise<string> {
  const [only, ...others] = await readdir(root, { withFileTypes: true });
  return only?.isDirectory() && others.length === 0 ? join(root, only.name) : root;
}

/** The one library at the root. Throws `package_invalid`. */
export async function findLibrary(root: string): Promise<NonNullable<PackageSource["library"]>> {
  const found = (await readdir(root, { withFileTypes: true })).filter(
    (entry) => LIBRARY.test(entry.name) && isPlainName(entry.name) && !entry.isDirectory(),
  );
  const names = found.map((entry) => entry.name).sort();
  const [only] = names;
  if (only === undefined) {
    const { buildHint } = await import("./project-package.ts");
    const hint = buildHint(root) ?? `a package holds one ${LIBRARY_SUFFIX} file`;
    throw invalid("there is no library at the root of the package", hint);
  }
  if (names.length > 1) {
    throw invalid(`there are several libraries in the package: ${names.join(", ")}`, "a package holds exactly one");
  }
  return { path: join(root, only), name: only };
}

function mustBeForThisSystem(library: string): void {
  if (library.endsWith(LIBRARY_SUFFIX)) return;
  const other = LIBRARY_SUFFIX === ".so" ? "macOS" : "Linux";
  throw invalid(`the package is for ${other}: its library is ${library}`, `get the one with a ${LIBRARY_SUFFIX} file`);
}

async function takeWanted(root: string, folder: string, take: Take): Promise<void> {
  const files: ReadonlySet<string> = new Set(IDENTITY_FILES);
  const names = (await readdir(root)).sort();
  for (const name of names) {
    const isFolder = FOLDERS.has(name);
    if (!isFolder && !files.has(name) && !DOCUMENT.test(name)) continue;
    await mustBe(isFolder ? "folder" : "file", join(root, name), name);
    await take(join(root, name), join(folder, name));
  }
  for (const name of names.filter((one) => SKILL.test(one))) {
    await mustBe("file", join(root, name), name);
    await takeSkill(join(root, name), folder, "SKILL.md", take);
  }
}

async function mustBe(kind: "file" | "folder", path: string, name: string): Promise<void> {
  const stat = await lstat(path);
  if (kind === "folder" ? stat.isDirectory() : stat.isFile()) return;
  throw invalid(`${name} is ${stat.isSymbolicLink() ? "a link" : `no ${kind}`}`);
}

/** One of that name that is in the folder of skills already stays. */
async function takeSkill(path: string, folder: string, name: string, take: Take): Promise<void> {
  const to = join(folder, "skills", name);
  await mkdir(join(folder, "skills"), { recursive: true, mode: 0o755 });
  if ((await lstat(to).catch(() => undefined)) === undefined) await take(path, to);
}

/** A SKILL.md that lies elsewhere is found too; it gets the name of its folder in front. */
async function takeScatteredSkills(root: string, folder: string, take: Take): Promise<void> {
  const look = async (below: string, depth: number): Promise<void> => {
    for (const entry of await readdir(below, { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory() && depth < SKILL_DEPTH_MAX) await look(path, depth + 1);
      if (!entry.isFile() || !SKILL.test(entry.name)) continue;
      await takeSkill(path, folder, `${basename(below)}_SKILL.md`, take);
    }
  };
  await look(root, 0);
}

/** Copies files and folders, and nothing else: what a link leads to is not part of the package. */
function copier({
  unpackedBytesMax = ARCHIVE_UNPACKED_BYTES_MAX,
  signal,
}: Parameters<typeof stagePackage>[2] & {}): Take {
  let bytesLeft = unpackedBytesMax;
  let entriesLeft = ARCHIVE_ENTRIES_MAX;
  const copy: Take = async (from, to) => {
    if (signal?.aborted) throw new HostError("interrupted", "interrupted");
    entriesLeft -= 1;
    if (entriesLeft < 0) throw tooLarge(`the folder has more than ${ARCHIVE_ENTRIES_MAX} files`);
    const stat = await lstat(from);
    if (stat.isDirectory()) {
      await mkdir(to, { recursive: true, mode: 0o755 });
      for (const name of (await readdir(from)).sort()) {
        if (name !== ".DS_Store") await copy(join(from, name), join(to, name));
      }
      return;
    }
    if (!stat.isFile()) throw invalid(`${from} is ${stat.isSymbolicLink() ? "a link" : "a special file"}`);
    // What is opened may be another file than the one that was looked at.
    const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const target = await open(to, "wx", 0o644);
    try {
      if (!(await source.stat()).isFile()) throw invalid(`${from} is a special file`);
      for await (const chunk of source.createReadStream({ autoClose: false })) {
        bytesLeft -= chunk.length;
        if (bytesLeft < 0) throw tooLarge("the folder is over the limit of what a package may hold");
        await target.writeFile(chunk);
      }
    } finally {
      await source.close();
      await target.close();
    }
  };
  return copy;
}

function invalid(message: string, hint = "packages hold files and folders only"): HostError {
  return new HostError("package_invalid", message, { hint });
}

function tooLarge(message: string): HostError {
  return new HostError("archive_too_large", message, { hint: "install a smaller package" });
}
