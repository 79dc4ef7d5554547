// Small files that say which hosts have tasks. A command that loads a plugin sees by them, without opening the database, that
// no host left anything that the plugin is to be told: most never do.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import type { Paths } from "../base/paths.ts";
import { isGone } from "../tasks/task-owner.ts";

/** What stands in the mark of a host that ended in order, and left something. */
const LEFT = "left";

export class TaskMarks {
  readonly #folder: string;
  readonly #owner: string;
  #isSet = false;

  constructor(paths: Pick<Paths, "data">, owner: string) {
    this.#folder = taskMarksFolder(paths);
    this.#owner = owner;
  }

  /** This host has tasks. Where that cannot be written, hosts that follow find them all the same. */
  set(): void {
    if (this.#isSet) return;
    this.#isSet = true;
    this.#write(this.#owner);
  }

  /** This host ends. `isAnyLeft`: some plugin was not told everything, whoever's task it is. */
  end(isAnyLeft: boolean): void {
    if (isAnyLeft && this.#isSet) return this.#write(LEFT);
    if (isAnyLeft) return;
    rmSync(this.#ownFile, { force: true });
    for (const file of leftMarks(this.#folder)) rmSync(file, { force: true });
  }

  #write(text: string): void {
    try {
      makeFolder(this.#folder);
      writeFileSync(this.#ownFile, text, { mode: 0o600 });
    } catch {
      // Then only hosts that follow look for what is left.
    }
  }

  get #ownFile(): string {
    return join(this.#folder, this.#owner.split(" ").at(-1)!);
  }
}

/** Whether a host that is gone may have left something. */
export function areTasksLeft(paths: Pick<Paths, "data">): boolean {
  return leftMarks(taskMarksFolder(paths)).length > 0;
}

function taskMarksFolder({ data }: Pick<Paths, "data">): string {
  return join(data, "run", "tasks");
}

function leftMarks(folder: string): string[] {
  try {
    return readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((file) => {
        const text = readFileSync(file, "utf8");
        return text === LEFT || isGone(text);
      });
  } catch {
    return []; // There are none, or one was just taken away: then somebody else has looked.
  }
}
