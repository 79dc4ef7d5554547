// Small files that say which hosts have tasks. A command that loads a plugin sees by them, without opening the database, that
// no host left anything that the plugin is to be told: most never do. By them hosts in other containers see as well that this
// one lives.

import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import type { Paths } from "../base/paths.ts";
import { TASK_OWNER_SIGN_MS } from "../protocol/limits.ts";
import { hasEndedHere, TaskOwners } from "../tasks/task-owner.ts";

/** The one file that says that hosts which are gone left something. */
const LEFT = "left";

export class TaskMarks {
  readonly #folder: string;
  readonly #owner: string;
  readonly #owners: TaskOwners;
  #signs: NodeJS.Timeout | undefined;

  /** @param now see `TaskOwners`. */
  constructor(paths: Pick<Paths, "data">, owner: string, now?: () => number) {
    this.#folder = taskMarksFolder(paths);
    this.#owner = owner;
    this.#owners = new TaskOwners((one) => this.#signOf(one), now);
  }

  /** This host has tasks. Where that cannot be written, hosts that follow find them all the same. */
  set(): void {
    if (this.#signs !== undefined) return;
    this.#write(nameOf(this.#owner), this.#owner);
    this.#signs = setInterval(() => this.#giveSign(), TASK_OWNER_SIGN_MS).unref();
  }

  /** Whether the host that owns tasks under that name has ended. */
  isGone(owner: string): boolean {
    return this.#owners.isGone(owner);
  }

  /** This host ends. `isAnyLeft`: some plugin was not told everything, whoever's task it is. */
  end(isAnyLeft: boolean): void {
    clearInterval(this.#signs);
    if (isAnyLeft) this.#write(LEFT, "");
    this.#clear(isAnyLeft ? [] : [LEFT]);
    this.#clear([nameOf(this.#owner), ...this.#gone()]);
  }

  #giveSign(): void {
    try {
      const now = new Date();
      utimesSync(join(this.#folder, nameOf(this.#owner)), now, now);
    } catch {
      this.#write(nameOf(this.#owner), this.#owner);
    }
    const gone = this.#gone();
    if (gone.length > 0 && this.#write(LEFT, "")) this.#clear(gone);
  }

  #signOf(owner: string): string | undefined {
    return statSync(join(this.#folder, nameOf(owner)), { bigint: true, throwIfNoEntry: false })?.mtimeNs.toString();
  }

  #gone(): string[] {
    return marksOf(this.#folder).flatMap(({ name, owner }) => (this.isGone(owner) ? [name] : []));
  }

  #write(name: string, text: string): boolean {
    try {
      makeFolder(this.#folder);
      writeFileSync(join(this.#folder, name), text, { mode: 0o600 });
      return true;
    } catch {
      return false; // Then only hosts that follow look for what is left.
    }
  }

  #clear(names: readonly string[]): void {
    for (const name of names) {
      try {
        rmSync(join(this.#folder, name), { force: true });
      } catch {
        // It is looked at again.
      }
    }
  }
}

/** Whether a host that is gone may have left something. */
export function areTasksLeft(paths: Pick<Paths, "data">): boolean {
  const folder = taskMarksFolder(paths);
  return namesIn(folder).includes(LEFT) || marksOf(folder).some(({ owner }) => hasEndedHere(owner));
}

function taskMarksFolder({ data }: Pick<Paths, "data">): string {
  return join(data, "run", "tasks");
}

/** No two hosts have the same. */
function nameOf(owner: string): string {
  return owner.split(" ").at(-1)!;
}

/** Of hosts that have tasks, or had some and are gone. */
function marksOf(folder: string): { readonly name: string; readonly owner: string }[] {
  return namesIn(folder)
    .filter((name) => name !== LEFT)
    .flatMap((name) => {
      try {
        return [{ name, owner: readFileSync(join(folder, name), "utf8") }];
      } catch {
        return []; // It was just taken away: then somebody else has looked.
      }
    });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
