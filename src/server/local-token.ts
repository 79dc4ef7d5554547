// Leaves the access key of this process where commands of the same user find it, and nobody else.

import { chmodSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { localTokenPath } from "../base/local-token.ts";
import { makeFolder } from "../base/make-folder.ts";
import type { Paths } from "../base/paths.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { HostError } from "../protocol/errors.ts";
import { LOCAL_TOKEN_BYTES_MAX } from "../protocol/limits.ts";

/** Writes it; gives what removes it again. Fails with `config_unwritable`. */
export function leaveToken(paths: Pick<Paths, "data">, token: string): () => void {
  const path = localTokenPath(paths);
  const text = `${token}\n`;
  try {
    makeFolder(dirname(path));
    // Folders that somebody made by hand are open to all.
    chmodSync(dirname(path), 0o700);
    // Whatever lies there would keep its owner and its mode.
    rmSync(path, { force: true });
    replaceFile(path, text, { mode: 0o600, followLinks: false });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new HostError("config_unwritable", `${path} cannot be written: ${code ?? message}`, {
      hint: "give the data folder to the user who runs the host",
      cause: error,
    });
  }
  return () => {
    // That of a host that took the folder over stays.
    if (readSmallFile(path, LOCAL_TOKEN_BYTES_MAX)?.text === text) rmSync(path, { force: true });
  };
}
