// Where the configuration's files are, and their text: bounded, whole, and private where it has to be.

import { Buffer, isUtf8 } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Paths } from "../base/paths.ts";
import { HostError } from "../protocol/errors.ts";
import { CONFIG_FILE_BYTES_MAX } from "../protocol/limits.ts";
import type { ConfigFiles } from "./config.ts";

const OTHERS_BITS = 0o077;
/** What a decoder puts where bytes are no character. */
const REPLACEMENT = "\ufffd";

/** The places of the files: as `OSP_CONFIG_FILE` and its like say, else in the configuration folder. */
export function configFiles(
  env: Readonly<Record<string, string | undefined>>,
  paths: Paths,
  cwd = process.cwd(),
): ConfigFiles {
  const place = (variable: string, name: string) => resolve(cwd, env[variable] || join(paths.config, name));
  return {
    config: place("OSP_CONFIG_FILE", "config.toml"),
    secrets: place("OSP_SECRETS_FILE", "secrets.toml"),
    index: place("OSP_SECRETS_INDEX_FILE", "secrets.index.toml"),
  };
}

/**
 * The text of a file; undefined when there is none. Throws `config_unreadable` for what cannot be read or is too large,
 * `config_invalid` for bytes that are no UTF-8, and, where the file has to be private, `config_insecure` for one that
 * others may read.
 */
export function readConfigText(path: string, options: { mustBePrivate?: boolean } = {}): string | undefined {
  try {
    // Most users have none of the files: asking is far cheaper than failing to open.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    const bytes = readBounded(path, options.mustBePrivate === true);
    if (isUtf8(bytes)) return bytes.toString("utf8");
    throw notUtf8(path, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof HostError || code === undefined) throw error;
    if (code === "ENOENT") return undefined; // Gone since it was looked at.
    throw unreadable(path, code === "EACCES" || code === "EPERM" ? "permission denied" : code, error);
  }
}

export interface Privacy {
  readonly status: "ok" | "missing" | "insecure" | "unknown";
  /** The permission bits, such as `0600`; undefined when there is no file. */
  readonly mode: string | undefined;
}

/** Whether a file of secrets is private. Never throws. */
export function privacyOf(path: string): Privacy {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return { status: "missing", mode: undefined };
    return { status: isOpenToOthers(stat) ? "insecure" : "ok", mode: modeText(stat) };
  } catch {
    return { status: "unknown", mode: undefined };
  }
}

function readBounded(path: string, mustBePrivate: boolean): Buffer {
  // Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw unreadable(path, "it is a folder");
    if (!stat.isFile() && !stat.isCharacterDevice()) throw unreadable(path, "it is no regular file");
    if (mustBePrivate && isOpenToOthers(stat)) throw insecure(path, stat);
    const bytes = readAll(file, stat.isFile() ? stat.size : 0);
    if (bytes.length <= CONFIG_FILE_BYTES_MAX) return bytes;
    throw unreadable(path, `it has more than ${CONFIG_FILE_BYTES_MAX} bytes`);
  } finally {
    closeSync(file);
  }
}

/** All bytes, or one more than may be. The size is a guess: a file may grow while it is read. */
function readAll(file: number, size: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= CONFIG_FILE_BYTES_MAX) {
    const room = Math.min(Math.max(size - length, 0) + 4096, CONFIG_FILE_BYTES_MAX + 1 - length);
    const chunk = Buffer.allocUnsafe(room);
    const got = readSync(file, chunk, 0, room, null);
    if (got === 0) break;
    chunks.push(chunk.subarray(0, got));
    length += got;
  }
  return Buffer.concat(chunks, length);
}

/** A device such as `/dev/null` holds nothing that could leak. */
function isOpenToOthers(stat: Stats): boolean {
  return process.platform !== "win32" && stat.isFile() && (stat.mode & OTHERS_BITS) !== 0;
}

function modeText(stat: Stats): string {
  return (stat.mode & 0o7777).toString(8).padStart(4, "0");
}

function insecure(path: string, stat: Stats): HostError {
  return new HostError("config_insecure", `${path} holds secrets and others may read or change it`, {
    hint: `run "chmod 600 ${path}"`,
    details: { file: path, mode: modeText(stat) },
  });
}

function unreadable(path: string, reason: string, cause?: unknown): HostError {
  return new HostError("config_unreadable", `${path} cannot be read: ${reason}`, {
    hint: "look at the file and its mode, or leave it out with --no-config-file",
    details: { file: path },
    cause,
  });
}

function notUtf8(path: string, bytes: Buffer): HostError {
  const { line, column } = firstBadByte(bytes);
  return new HostError("config_invalid", `${path}:${line}:${column}: the bytes are not UTF-8`, {
    hint: "save the file as UTF-8",
    details: { file: path, line, column },
  });
}

/** A line break is never a part of another character, so each line can be looked at alone. */
function firstBadByte(bytes: Buffer): { line: number; column: number } {
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end === -1 ? bytes.length : end + 1;
    const part = bytes.subarray(start, stop);
    if (!isUtf8(part)) return { line, column: Math.max(part.toString("utf8").indexOf(REPLACEMENT), 0) + 1 };
    start = stop;
  }
  return { line: 1, column: 1 };
}
