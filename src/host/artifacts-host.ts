// The artifacts folder as runs of agents see it: files that a model wrote are put there, files that lie there are found, and
// plugins that take such are given them. Names come from models: they decide what a file is called and never where it lies.

import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, realpath, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ArtifactFile, Artifacts } from "../agents/share-artifact.ts";
import { type HeldFolder, NO_LINKS, placeIn } from "../base/held-folder.ts";
import { makeFolder } from "../base/make-folder.ts";
import { numberedFileName, safeFileName } from "../base/safe-file-name.ts";
import { ArtifactError, findArtifact, placeOf } from "../host-api/artifact-file.ts";
import { mediaType } from "../host-api/media-type.ts";
import { HostError } from "../protocol/errors.ts";
import type { SharedArtifact } from "../protocol/inference.ts";
import {
  ARTIFACT_BYTES_MAX,
  ARTIFACT_NAMES_TRIED_MAX,
  ARTIFACTS_LISTED_MAX,
  FILE_PATH_BYTES_MAX,
} from "../protocol/limits.ts";

export interface ArtifactsOptions {
  /** The artifacts folder; may be a link itself. */
  readonly folder: string;
  /** Gives JSON text of a file to all loaded plugins that take such; never rejects. */
  offer(json: string): Promise<void>;
}

export interface ArtifactsHost extends Artifacts {
  /**
   * The bytes of a file that was shared, as it is now. Fails with `file_unknown` when it does not lie there any more, or
   * something else does in its place.
   */
  bytesOf(artifact: Pick<SharedArtifact, "filename" | "host_path">): Promise<Buffer>;
  /** The same for a file of that folder of the artifacts folder. */
  bytesIn(folder: string, filename: string): Promise<Buffer>;
  /** What lies in that folder of the artifacts folder, the newest last; ARTIFACTS_LISTED_MAX files at most. Nothing behind links. */
  filesIn(folder: string): Promise<readonly Pick<SharedArtifact, "filename" | "size">[]>;
}

/** Makes nothing yet. */
export function openArtifacts({ folder: root, offer }: ArtifactsOptions): ArtifactsHost {
  const bytesOf: ArtifactsHost["bytesOf"] = async ({ filename, host_path }) => {
    try {
      const { path, bytes } = await findArtifact(root, host_path, ARTIFACT_BYTES_MAX);
      // Behind a link, it is another file than the one that was shared.
      if (path === host_path) return bytes;
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error;
    }
    throw gone(filename);
  };
  return {
    bytesOf,
    async bytesIn(folder, filename) {
      const above = await realpath(root).catch(() => undefined);
      if (above === undefined || !isPlain(folder) || !isPlain(filename)) throw gone(filename);
      return await bytesOf({ filename, host_path: join(above, folder, filename) });
    },
    filesIn: async (folder) => (isPlain(folder) ? await listFolder(root, folder) : []),
    async save(folder, filename, bytes) {
      if (bytes.length > ARTIFACT_BYTES_MAX) throw tooLarge();
      const held = await ofSystem(openFolder(root, folder));
      try {
        const name = await ofSystem(writeNew(held, safeFileName(filename), bytes));
        return await factsOf(join(held.path, name), bytes);
      } finally {
        await held.handle.close();
      }
    },
    async find(path) {
      const isPath = !path.includes("\0") && path.isWellFormed() && Buffer.byteLength(path) <= FILE_PATH_BYTES_MAX;
      if (!isPath) throw new HostError("artifact_invalid", "this is no path of a file");
      try {
        const place = placeOf(path, root);
        const { path: found, bytes } = await findArtifact(root, place, ARTIFACT_BYTES_MAX);
        return await factsOf(found, bytes);
      } catch (error) {
        if (error instanceof ArtifactError) throw new HostError("artifact_invalid", error.message, { cause: error });
        throw error;
      }
    },
    offer: async ({ filename, mime_type, size, host_path, is_directory, description }: SharedArtifact) =>
      await offer(JSON.stringify({ description, filename, host_path, is_directory, mime_type, size })),
  };
}

async function factsOf(path: string, bytes: Buffer): Promise<ArtifactFile> {
  const filename = safeFileName(basename(path));
  return { filename, mime_type: await mediaType(filename, bytes), size: bytes.length, host_path: path };
}

/** Opens a folder right in the artifacts folder, made if need be. */
async function openFolder(root: string, name: string): Promise<HeldFolder> {
  if (!isPlain(name)) throw new HostError("internal", "the folder for shared files has no plain name");
  makeFolder(root);
  const path = await realpath(root);
  const above = { handle: await openAsFolder(path, 0), path };
  try {
    const place = placeIn(above, name);
    await mkdir(place, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    return { handle: await openAsFolder(place, NO_LINKS), path: join(path, name) };
  } finally {
    await above.handle.close();
  }
}

async function listFolder(root: string, name: string) {
  const handle = await openAsFolder(join(root, name), constants.O_NOFOLLOW).catch(() => undefined);
  if (handle === undefined) return [];
  try {
    const held = { handle, path: join(root, name) };
    const names = (await readdir(placeIn(held, ""))).filter(isPlain).slice(0, ARTIFACTS_LISTED_MAX);
    const found = await Promise.all(
      names.map(async (filename) => ({ filename, stats: await lstat(placeIn(held, filename)).catch(() => undefined) })),
    );
    return found
      .flatMap(({ filename, stats }) => (stats?.isFile() ? { filename, size: stats.size, madeAt: stats.mtimeMs } : []))
      .sort((one, other) => one.madeAt - other.madeAt || one.filename.localeCompare(other.filename))
      .map(({ filename, size }) => ({ filename, size }));
  } finally {
    await handle.close();
  }
}

/** Names of files that were shared, and of their folders, are such. */
function isPlain(name: string): boolean {
  return safeFileName(name) === name;
}

async function openAsFolder(path: string, flags: number): Promise<FileHandle> {
  return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | flags);
}

/** Gives the name that was free. A file that cannot be written whole is not left behind. */
async function writeNew(folder: HeldFolder, wanted: string, bytes: Buffer): Promise<string> {
  for (let number = 1; number <= ARTIFACT_NAMES_TRIED_MAX; number++) {
    const name = number === 1 ? wanted : numberedFileName(wanted, number);
    const place = placeIn(folder, name);
    let file: FileHandle;
    try {
      // Whatever is there under the name, a link that leads nowhere too, is in the way.
      file = await open(place, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_LINKS, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    try {
      await file.writeFile(bytes);
      return name;
    } catch (error) {
      await unlink(place).catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
  }
  throw new HostError("artifact_invalid", `there are ${ARTIFACT_NAMES_TRIED_MAX} files of that name already`);
}

function gone(filename: string): HostError {
  return new HostError("file_unknown", `the file "${filename}" does not lie where it was shared any more`, {
    hint: "it was moved, replaced or deleted",
  });
}

function tooLarge(): HostError {
  return new HostError("artifact_invalid", `The file has more than ${ARTIFACT_BYTES_MAX} bytes.`);
}

/** What the system does not allow, a model is told by its code alone. */
async function ofSystem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof HostError || code === undefined) throw error;
    throw new HostError("artifact_invalid", `the file cannot be written: ${code}`, { cause: error });
  }
}
