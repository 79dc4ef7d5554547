// The host names of plugins' pages. They are made with a secret of this installation, which is kept, so that a page finds what
// it stored in a browser again after the host was started anew.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readSmallBytes } from "../../base/read-small-file.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { pluginLabel } from "../../protocol/plugin-label.ts";

const SECRET_BYTES = 32;

export class PageNames {
  readonly #path: string;
  #secret: Buffer | undefined;

  /** @param data the folder of the host's data; nothing is read or made yet. */
  constructor(data: string) {
    this.#path = join(data, "Config", "page-names");
  }

  /** The name of a plugin's own host. Fails with `config_unwritable` when there is no secret yet and none can be kept. */
  hostOf(pluginId: string): string {
    this.#secret ??= keptSecret(this.#path) ?? newSecret(this.#path);
    return `${pluginLabel(pluginId, this.#secret)}.localhost`;
  }
}

function keptSecret(path: string): Buffer | undefined {
  const bytes = readSmallBytes(path, SECRET_BYTES)?.bytes;
  return bytes?.length === SECRET_BYTES ? bytes : undefined;
}

function newSecret(path: string): Buffer {
  const secret = randomBytes(SECRET_BYTES);
  try {
    // Whatever lies there would keep its owner and its mode.
    rmSync(path, { force: true });
    replaceFile(path, secret, { mode: 0o600, followLinks: false });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new HostError("config_unwritable", `${path} cannot be written: ${code ?? message}`, {
      hint: "give the data folder to the user who runs the host",
      cause: error,
    });
  }
  return secret;
}
