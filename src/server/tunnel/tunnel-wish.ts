// Whether somebody wanted the tunnel, and over which relay: kept in a file, so that a host that starts anew connects again.

import { rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../../base/read-small-file.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { TUNNEL_WISH_BYTES_MAX } from "../../protocol/limits.ts";

const Wish = z.object({ relay_url: z.string() });

export class TunnelWish {
  readonly #path: string;

  /** @param data the folder of the host's data. */
  constructor(data: string) {
    this.#path = join(data, "Config", "tunnel.json");
  }

  /** The relay that was wanted; undefined: none. Says in words what is wrong with the file. */
  read(): { readonly relayUrl?: string; readonly problem?: string } {
    const file = readSmallFile(this.#path, TUNNEL_WISH_BYTES_MAX);
    if (file === undefined) return {};
    if (file.problem !== undefined) return { problem: `${this.#path}: ${file.problem}` };
    const wish = Wish.safeParse(jsonOf(file.text));
    return wish.success ? { relayUrl: wish.data.relay_url } : { problem: `${this.#path} is not what it ought to be` };
  }

  /** Fails with `tunnel_failed` when it cannot be written. */
  keep(relayUrl: string): void {
    this.#change(() => replaceFile(this.#path, `${JSON.stringify({ relay_url: relayUrl })}\n`));
  }

  forget(): void {
    this.#change(() => rmSync(this.#path, { force: true }));
  }

  #change(work: () => void): void {
    try {
      work();
    } catch (error) {
      const { code = "unknown" } = error as NodeJS.ErrnoException;
      throw new HostError("tunnel_failed", `${this.#path} cannot be changed: ${code}`, {
        hint: "check who owns the folder",
        cause: error,
      });
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
