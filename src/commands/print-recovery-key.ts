// Shows a new recovery key to whoever runs the command. Neither `-q` nor a pipe on stdout keeps it from them: it is given
// once.

import { fstatSync, statSync, writeSync } from "node:fs";
import { HostError } from "../protocol/errors.ts";

const STDERR = 2;
const POLL_MS = 5;
const POLLS_MAX = 1_000;

/**
 * Straight to the descriptor, and not through the stream of standard error: the keys are exchanged only after this has
 * returned, and a stream tells that it could not write when that is over. Throws `output_failed`.
 *
 * @param isFirst there was none before. Then nothing is lost that somebody has, and a host whose messages nobody wants to
 * see must be able to keep something: a rekey gives one that is seen.
 */
export function printRecoveryKey(text: string, isFirst = false): void {
  try {
    if (!isFirst && isNowhere()) throw new Error("it is closed, or leads nowhere");
    writeAll(Buffer.from(isFirst ? firstText(text) : nextText(text)));
  } catch (error) {
    throw new HostError("output_failed", `the recovery key cannot be shown on standard error: ${reasonOf(error)}`, {
      hint: "run it where standard error can be read; nothing was changed",
      cause: error,
    });
  }
}

function firstText(text: string): string {
  return `
What plugins keep is encrypted on this computer. If the key for that is lost, only this recovery key opens it again:

    ${text}

Write it down and keep it somewhere else. It is stored nowhere and is not shown again. "osaurus secrets recover" asks for
it.

`;
}

function nextText(text: string): string {
  return `
What plugins keep is encrypted with a new key. If that is lost, only this recovery key opens it again:

    ${text}

Write it down and keep it somewhere else. It is stored nowhere and is not shown again. Once this command has ended without
an error, an older one is not valid any more. "osaurus secrets recover" asks for it.

`;
}

/** Who starts a program with standard error closed gives it the null device: Node opens that in its place. */
function isNowhere(): boolean {
  const [own, nowhere] = [fstatSync(STDERR), statSync("/dev/null")];
  return own.isCharacterDevice() && own.rdev === nowhere.rdev;
}

/** A pipe may take a part, or nothing for now, until its reader has read. */
function writeAll(bytes: Buffer): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  let written = 0;
  let polls = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDERR, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || ++polls > POLLS_MAX) throw error;
      Atomics.wait(nothing, 0, 0, POLL_MS);
    }
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
