// Unpacks a zip archive that nobody vouches for into a fresh folder. What is too much is counted while it is inflated:
// an archive's own numbers are claims. Whoever calls removes the folder when this fails.

import { createWriteStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_BYTES_MAX, ARCHIVE_ENTRIES_MAX, ARCHIVE_UNPACKED_BYTES_MAX } from "../../protocol/limits.ts";
import { createNameTable, entryParts, isJunk, refuseEntry } from "./zip-names.ts";

const STORED = 0;
const DEFLATED = 8;
/** The kinds of file in the upper half of an entry's attributes, which archives of Unix programs have. */
const KIND_MASK = 0o170000;
const KIND_FOLDER = 0o040000;
const KIND_FILE = 0o100000;

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** Less than the limit of all archives, for tests. */
  readonly unpackedBytesMax?: number;
}

interface PlannedFile {
  readonly entry: Entry;
  readonly name: string;
  readonly path: string;
}

/**
 * Unpacks all files into `folder`, which must be there and empty. Throws `archive_invalid` or `archive_too_large`, and
 * then leaves in the folder what it had written.
 */
export async function unpackZip(path: string, folder: string, options: UnpackOptions = {}): Promise<void> {
  const { size } = await stat(path);
  if (size > ARCHIVE_BYTES_MAX) throw tooLarge(`the archive is larger than ${ARCHIVE_BYTES_MAX} bytes`);
  const zip = await openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: false }).catch(
    (error: unknown) => {
      throw broken(error);
    },
  );
  // An error of closing the file says nothing about what was read from it.
  zip.on("error", () => {});
  try {
    const budget = { left: options.unpackedBytesMax ?? ARCHIVE_UNPACKED_BYTES_MAX };
    for (const file of await plan(zip, folder)) {
      if (options.signal?.aborted) throw new HostError("interrupted", "interrupted");
      await writeFile(zip, file, budget);
    }
  } catch (error) {
    throw broken(error);
  } finally {
    zip.close();
  }
}

/** Looks at all names before the first byte is written; makes the folders. */
async function plan(zip: ZipFile, folder: string): Promise<PlannedFile[]> {
  if (zip.entryCount > ARCHIVE_ENTRIES_MAX) throw tooLarge(`the archive has more than ${ARCHIVE_ENTRIES_MAX} entries`);
  const names = createNameTable();
  const files: PlannedFile[] = [];
  const folders = new Set<string>();
  for await (const entry of zip.eachEntry()) {
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
    const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
    const parts = entryParts(name, Math.max(fileNameRaw.length, Buffer.byteLength(name)));
    if (isJunk(parts)) continue;
    const isFolder = name.endsWith("/");
    checkKind(entry, name, isFolder);
    names.add(parts, isFolder);
    const path = join(folder, ...parts);
    folders.add(isFolder ? path : dirname(path));
    if (!isFolder) files.push({ entry, name, path });
  }
  for (const path of folders) await mkdir(path, { recursive: true, mode: 0o755 });
  return files;
}

function checkKind(entry: Entry, name: string, isFolder: boolean): void {
  const kind = (entry.externalFileAttributes >>> 16) & KIND_MASK;
  // Programs that are not of Unix leave it empty.
  if (kind !== 0 && kind !== (isFolder ? KIND_FOLDER : KIND_FILE)) refuseEntry(name, "is a link or a special file");
  if (entry.isEncrypted()) refuseEntry(name, "is encrypted");
  const { compressionMethod } = entry;
  if (!isFolder && compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    refuseEntry(name, `is compressed in a way that is not known (${compressionMethod})`);
  }
}

async function writeFile(zip: ZipFile, { entry, name, path }: PlannedFile, budget: { left: number }): Promise<void> {
  const packed = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  const unpacked = entry.compressionMethod === DEFLATED ? createInflateRaw() : undefined;
  let bytes = 0;
  let sum = 0;
  async function* counted(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      budget.left -= chunk.length;
      if (budget.left < 0) throw tooLarge("what the archive unpacks to is over the limit");
      sum = crc32(chunk, sum);
      yield chunk;
    }
  }
  const file = createWriteStream(path, { flags: "wx", mode: 0o644 });
  if (unpacked === undefined) await pipeline(packed, counted, file);
  else await pipeline(packed, unpacked, counted, file);
  if (bytes !== entry.uncompressedSize)
    refuseEntry(name, `says that it has ${entry.uncompressedSize} bytes, but has ${bytes}`);
  if (sum !== entry.crc32) refuseEntry(name, "is damaged: its checksum is wrong");
}

/** Errors of the file system and our own stay as they are; all others are about the archive's bytes. */
function broken(error: unknown): unknown {
  if (error instanceof HostError || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  return new HostError("archive_invalid", `the archive cannot be unpacked: ${(error as Error).message}`, {
    hint: "check that the file is a zip archive and is complete",
    cause: error,
  });
}

function tooLarge(message: string): HostError {
  return new HostError("archive_too_large", message, { hint: "get a smaller package from its author" });
}
