// The files of the dashboard, as the build left them. All of them are read when one is first asked for: which file a request
// gets is found in a map, so that no path of a request ever reaches the file system.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { packageRoot } from "../../base/package-root.ts";
import { webMediaType } from "../plugins/media-types.ts";

export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  /** The same, packed; undefined where that is not worth it. */
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

export const PAGE = "index.html";

export class PageFiles {
  readonly #folder: string;
  #files: ReadonlyMap<string, PageFile> | undefined;

  constructor(folder: string = join(packageRoot(), "dashboard/dist")) {
    this.#folder = folder;
  }

  /** @param name with slashes, below the folder. */
  get(name: string): PageFile | undefined {
    return this.#all().get(name);
  }

  /** Whether the dashboard was built. Until it is, it is looked for each time. */
  get areThere(): boolean {
    return this.#all().has(PAGE);
  }

  #all(): ReadonlyMap<string, PageFile> {
    if (this.#files !== undefined) return this.#files;
    const files = readFiles(this.#folder);
    if (files.has(PAGE)) this.#files = files;
    return files;
  }
}

const PACKED = /\.(?:br|gz)$/;

function readFiles(folder: string): ReadonlyMap<string, PageFile> {
  const bytes = new Map<string, Buffer>();
  for (const entry of entriesOf(folder)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bytes.set(path.slice(folder.length + 1).replaceAll(sep, "/"), readFileSync(path));
  }
  const files = new Map<string, PageFile>();
  for (const [name, plain] of bytes) {
    if (PACKED.test(name)) continue;
    const type = name.endsWith(".html") ? "text/html; charset=utf-8" : webMediaType(name);
    const etag = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
    files.set(name, { type, etag, plain, br: bytes.get(`${name}.br`), gzip: bytes.get(`${name}.gz`) });
  }
  return files;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
