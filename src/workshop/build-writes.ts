// Which changes of a project are the build's own doing. Some builds write into the folders of the sources (lock files,
// generated code); a build for each of these changes would never end. People save during builds, too, in place and twice in
// a row: so what tells is the content.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { DEV_OWN_ROUNDS_MAX } from "../protocol/limits.ts";
import type { ProjectChange } from "./watch-project.ts";

/** What a build writes when it is missing or old; a person who edits one does not do it during a build. */
const LOCK_FILES: ReadonlySet<string> = new Set([
  "Cargo.lock",
  "go.sum",
  "Package.resolved",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
]);
/** Clocks of file systems are coarse. */
const CLOCK_MS_MAX = 20;

export class BuildWrites {
  readonly #onEndless: (file: string) => void;
  /** What those files held that were written during a build: the builds since began with that. */
  readonly #held = new Map<string, string>();
  /** How many rounds each of them brought about since anything was saved between two builds. */
  readonly #rounds = new Map<string, number>();
  /** Files that hold something else after each build. */
  readonly #endless = new Set<string>();
  #beganAt = 0;
  #endedAt = 0;

  /** @param onEndless is told of a file that would be built for ever; from then on it counts when it is saved between builds. */
  constructor(onEndless: (file: string) => void = () => {}) {
    this.#onEndless = onEndless;
  }

  began(): void {
    this.#beganAt = Date.now();
  }

  ended(): void {
    this.#endedAt = Date.now();
  }

  /** The change without what the last build wrote; nothing when that was all. */
  async without(change: ProjectChange): Promise<ProjectChange | undefined> {
    const isDuring = (at: number) => at >= this.#beganAt - CLOCK_MS_MAX && at <= this.#endedAt + CLOCK_MS_MAX;
    const between = [...change.files].filter(([, at]) => !isDuring(at)).map(([file]) => file);
    if (between.length > 0) this.#rounds.clear();
    for (const file of between) {
      this.#held.delete(file);
      this.#endless.delete(file);
    }
    const files = new Map<string, number>();
    for (const [file, at] of change.files) {
      if (!isDuring(at) || (await this.#isToBuild(file, between.length === 0))) files.set(file, at);
    }
    return files.size === 0 ? undefined : { files, savedAt: Math.max(...files.values()) };
  }

  /** @param isAlone whether nothing but what was written during the build asks for the next one. */
  async #isToBuild(file: string, isAlone: boolean): Promise<boolean> {
    if (LOCK_FILES.has(basename(file)) || this.#endless.has(file)) return false;
    const content = await contentMark(file);
    const isSame = this.#held.get(file) === content;
    this.#held.set(file, content);
    if (isSame) return false;
    if (!isAlone) return true;
    const rounds = (this.#rounds.get(file) ?? 0) + 1;
    this.#rounds.set(file, rounds);
    if (rounds <= DEV_OWN_ROUNDS_MAX) return true;
    this.#endless.add(file);
    this.#onEndless(file);
    return false;
  }
}

/** The same for the same content. A file that is gone, or cannot be read, is the same as long as it stays so. */
async function contentMark(path: string): Promise<string> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return `-> ${await readlink(path)}`;
    // A pipe would be waited for.
    if (!stat.isFile()) return "no file";
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return `${stat.mode} ${hash.digest("hex")}`;
  } catch {
    return "not there";
  }
}
