// Which changes of a project are the build's own doing. Some builds write into the folders of the sources (lock files,
// generated code); a build for each of these changes would never end.

import { basename } from "node:path";
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
  /** Files that were written during one build, and again during the one that nothing but that brought about. */
  readonly #own = new Set<string>();
  #suspects: ReadonlySet<string> = new Set();
  #beganAt = 0;
  #endedAt = 0;

  began(): void {
    this.#beganAt = Date.now();
  }

  ended(): void {
    this.#endedAt = Date.now();
  }

  /** The change without what the last build wrote; nothing when that was all. */
  without(change: ProjectChange): ProjectChange | undefined {
    const isDuring = (at: number) => at >= this.#beganAt - CLOCK_MS_MAX && at <= this.#endedAt + CLOCK_MS_MAX;
    const isOwn = (file: string) => this.#own.has(file) || LOCK_FILES.has(basename(file));
    const during = [...change.files].filter(([, at]) => isDuring(at)).map(([file]) => file);
    for (const file of during) if (this.#suspects.has(file)) this.#own.add(file);
    const files = new Map([...change.files].filter(([file, at]) => !(isDuring(at) && isOwn(file))));
    // A person may save a file while it is built, too: the first time counts.
    this.#suspects = new Set(during.length === change.files.size ? during : []);
    return files.size === 0 ? undefined : { files, savedAt: Math.max(...files.values()) };
  }
}
