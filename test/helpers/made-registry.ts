// A registry in a folder, whose entries tests write as they like: truthful ones by default.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Answer, startServer, type TestServer } from "./http-server.ts";
import { type SigningKey, signBytes } from "./minisign-keys.ts";
import { tempDir } from "./temp-dir.ts";

interface Publication {
  readonly id?: string;
  readonly version?: string;
  readonly key: SigningKey;
  /** What lies at the address. */
  readonly archive?: Uint8Array;
  /** Members of the archive's description that are different. */
  readonly artifact?: Readonly<Record<string, unknown>>;
  /** Members of the entry that are different. */
  readonly entry?: Readonly<Record<string, unknown>>;
}

export interface MadeRegistry {
  readonly root: string;
  /** Adds a version to the entry of the plugin. */
  publish(publication: Publication): void;
  /** Writes any file in it. */
  write(path: string, content: string | Uint8Array): void;
}

export const ARCHIVE = Buffer.from("not really a zip");

export function makeRegistry(root: string = tempDir()): MadeRegistry {
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  mkdirSync(join(root, "plugins"), { recursive: true });
  return {
    root,
    write,
    publish({ id = "my.plugin", version = "1.0.0", key, archive = ARCHIVE, artifact = {}, entry = {} }) {
      const url = `artifacts/${id}-${version}.zip`;
      write(url, archive);
      const path = `plugins/${id}.json`;
      const described = {
        os: process.platform === "darwin" ? "macos" : process.platform,
        arch: process.arch,
        url,
        sha256: createHash("sha256").update(archive).digest("hex"),
        size: archive.length,
        minisign: { signature: signBytes(key, archive) },
        ...artifact,
      };
      const versions = [{ version, artifacts: [described] }, ...earlier(join(root, path))];
      const text = { plugin_id: id, public_keys: { minisign: key.publicKey }, name: `The ${id}`, versions, ...entry };
      write(path, JSON.stringify(text));
    },
  };
}

function earlier(path: string): unknown[] {
  try {
    return JSON.parse(readFileSync(path, "utf8")).versions;
  } catch {
    return [];
  }
}

/** The same registry over HTTP, with its index; some paths may be answered in another way. */
export async function serveRegistry(
  { root }: MadeRegistry,
  files: readonly string[],
  others: Readonly<Record<string, Answer | string>> = {},
): Promise<TestServer> {
  const send: (file: string) => Answer = (file) => (_, response) => {
    try {
      response.end(readFileSync(join(root, file)));
    } catch {
      response.writeHead(404).end();
    }
  };
  return await startServer({ ...Object.fromEntries(files.map((file) => [`/${file}`, send(file)])), ...others });
}
