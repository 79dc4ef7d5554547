// Writes a zip archive that is the same, byte for byte, whenever it is made from the same files.

import { randomBytes } from "node:crypto";
import { createWriteStream, renameSync, rmSync } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { byCodeUnits } from "../../base/by-code-units.ts";

export interface ZipInput {
  /** Its name in the archive. */
  readonly name: string;
  /** A file on this machine, or the content itself. */
  readonly from: string | Buffer;
  readonly isExecutable?: boolean;
}

/** Writes the archive, in one step, over one that is there. Throws the file system's error. */
export async function writeZip(path: string, inputs: readonly ZipInput[]): Promise<void> {
  // Noon of some day, in whatever time zone this runs: the format knows no zones, and no zone leaves noon out.
  const mtime = new Date(1990, 0, 1, 12);
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  // A file that cannot be read ends the whole archive.
  zip.on("error", (error: Error) => output.destroy(error));
  for (const { name, from, isExecutable } of inputs.toSorted((a, b) => byCodeUnits(a.name, b.name))) {
    const options = { mtime, mode: isExecutable ? 0o100755 : 0o100644, forceDosTimestamp: true };
    if (typeof from === "string") zip.addFile(from, name, options);
    else zip.addBuffer(from, name, options);
  }
  zip.end();
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await pipeline(output, createWriteStream(temporary, { flags: "wx", mode: 0o644 }));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
