// Opens the file of a library to read parts of it. What lies there may be anything: a pipe is not waited for.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

/** Opens what is there for the time of one function. Nothing when it cannot be opened. */
export function withOpenLibrary<T>(path: string, use: (fd: number, stat: Stats) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    return use(fd, fstatSync(fd));
  } finally {
    closeSync(fd);
  }
}

/** What is there from one place to the other; less where the file ends before. */
export function readRange(fd: number, from: number, to: number): Buffer {
  const buffer = Buffer.alloc(to - from);
  let at = 0;
  for (let read = -1; read !== 0 && at < buffer.length; at += read) {
    read = readSync(fd, buffer, at, buffer.length - at, from + at);
  }
  return buffer.subarray(0, at);
}
