// The author's signing key: opened with the password that its file may want, and made.

import { rmSync, writeFileSync } from "node:fs";
import { shellWord } from "../base/shell-word.ts";
import { makeKeyPair, readSecretKey, type SigningKey } from "../plugins/native/secret-key.ts";
import { HostError } from "../protocol/errors.ts";
import { SECRET_KEY_PASSWORD_BYTES_MAX } from "../protocol/limits.ts";

/** Asks for a line that is not shown; nothing when the user gives none. Absent where nobody can be asked. */
export type AskHidden = ((question: string) => Promise<string | undefined>) | undefined;

/**
 * Reads a secret-key file and unlocks it. Throws `signing_key_invalid`, and `signing_key_locked` when it has a password
 * and nobody can be asked for it.
 *
 * @param warn is told of a key that others can use as well.
 */
export async function openSigningKey(
  path: string,
  ask: AskHidden,
  warn: (text: string) => void = () => undefined,
): Promise<SigningKey> {
  const file = readSecretKey(path);
  if (!file.isProtected) {
    const key = await file.unlock();
    if (file.isOpenToOthers) warn(`others can read or change the signing key: chmod 600 ${shellWord(path)}`);
    return key;
  }
  const password = await ask?.("password of the signing key (not shown): ");
  if (password !== undefined) return await file.unlock(password);
  throw new HostError("signing_key_locked", `the key ${path} has a password, and nobody typed it`, {
    hint: "sign at a terminal, or with a key that has none (minisign -G -W)",
    details: { path },
  });
}

export interface MadeKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly path: string;
  readonly publicPath: string;
}

/**
 * Makes a key: the secret half at `path`, which its owner alone may read, the public one at `<path>.pub`. Files that are
 * there are left as they are, and nothing is made then: `usage_invalid`.
 */
export async function makeSigningKey(path: string, password: string | undefined): Promise<MadeKey> {
  const publicPath = `${path}.pub`;
  const { secretText, publicText, keyId, publicKey } = await makeKeyPair(password);
  create(path, secretText, 0o600);
  try {
    create(publicPath, publicText, 0o644);
  } catch (error) {
    rmSync(path);
    throw error;
  }
  return { keyId, publicKey, path, publicPath };
}

/** A password for a new key, typed twice. */
export async function askNewPassword(ask: AskHidden): Promise<string> {
  if (ask === undefined) {
    throw new HostError("signing_key_locked", "the password of a new key has to be typed, and there is no terminal", {
      hint: "run this at a terminal, or make a key without a password: --no-password",
    });
  }
  const password = await ask("password for the new key (not shown): ");
  if (password === undefined || password === "") {
    throw usage("no password was given", "type one, or make a key without: --no-password");
  }
  if (Buffer.byteLength(password) > SECRET_KEY_PASSWORD_BYTES_MAX) {
    throw usage(`a password has at most ${SECRET_KEY_PASSWORD_BYTES_MAX} bytes`, "type a shorter one");
  }
  if ((await ask("the same once more (not shown): ")) === password) return password;
  throw usage("the two passwords are not the same", "try again");
}

function create(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw usage(`${path} is there already`, "name another file; keys are never written over");
    throw usage(`${path} cannot be written: ${code ?? message}`, "name a file in a folder that is there and yours");
  }
}

function usage(message: string, hint: string): HostError {
  return new HostError("usage_invalid", message, { hint });
}
