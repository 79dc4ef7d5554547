// Zip archives byte by byte, so that they can be as wrong as nobody's program makes them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { tempDir } from "./temp-dir.ts";

export interface ZipEntry {
  readonly name: string | Buffer;
  readonly data?: string | Buffer;
  /** Unix mode with the kind of file in it. */
  readonly mode?: number;
  readonly isStored?: boolean;
  /** What the archive claims, when it lies. */
  readonly claims?: {
    readonly size?: number;
    readonly crc?: number;
    readonly flags?: number;
    readonly method?: number;
  };
}

/** The bytes of an archive with these entries, in this order. */
export function zipBytes(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data = "", mode = 0o100644, isStored = false, claims = {} } of entries) {
    const raw = Buffer.from(data);
    const packed = isStored ? raw : deflateRawSync(raw);
    const bytes = Buffer.from(name);
    const fields = Buffer.alloc(22);
    fields.writeUInt16LE(claims.flags ?? 0x800, 0);
    fields.writeUInt16LE(claims.method ?? (isStored ? 0 : 8), 2);
    fields.writeUInt16LE(0x21, 6);
    fields.writeUInt32LE(claims.crc ?? crc32(raw), 8);
    fields.writeUInt32LE(packed.length, 12);
    fields.writeUInt32LE(claims.size ?? raw.length, 16);
    fields.writeUInt16LE(bytes.length, 20);
    const local = Buffer.concat([words(0x04034b50), shorts(20), fields, shorts(0), bytes, packed]);
    const attributes = Buffer.concat([shorts(0, 0, 0), words((mode << 16) >>> 0, offset)]);
    directory.push(Buffer.concat([words(0x02014b50), shorts(0x314, 20), fields, shorts(0), attributes, bytes]));
    files.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const count = Math.min(entries.length, 0xffff);
  const end = Buffer.concat([words(0x06054b50), shorts(0, 0, count, count), words(list.length, offset), shorts(0)]);
  return Buffer.concat([...files, list, end]);
}

/** Writes such an archive into a folder that goes with the test; gives its path. */
export function zipFile(entries: readonly ZipEntry[], name = "test.package-1.0.0.zip"): string {
  const path = join(tempDir(), name);
  writeFileSync(path, zipBytes(entries));
  return path;
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function shorts(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}
