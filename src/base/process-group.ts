// The process group of one plugin: who may be signalled, and when. A plugin leads a group (and session) of its own, so
// that whatever it started ends with it, and so that the terminal's Ctrl-C is passed on by the host and not twice.

import type { ChildProcess } from "node:child_process";

/** How often a group that has no leader any more is looked at; nothing announces the end of such a group. */
const GROUP_POLL_MS = 10;

/** Groups that are not known to be gone, ended when this process exits in whatever way it still can notice. */
const live = new Set<ProcessGroup>();

/** For how long this process, and the groups with it, was halted (Ctrl-Z) in all. */
let haltedFor = 0;

export function haltedMs(): number {
  return haltedFor;
}

export class ProcessGroup {
  readonly leader: ChildProcess;
  readonly id: number;

  /** @param leader a child that was spawned with `detached: true` and has a pid. */
  constructor(leader: ChildProcess) {
    // No assert here: Node takes longer to load that module than to start the plugin.
    if (leader.pid === undefined) throw new Error("a process that was never started leads no group");
    this.leader = leader;
    this.id = leader.pid;
    if (live.size === 0) watch();
    live.add(this);
  }

  get leaderIsGone(): boolean {
    return this.leader.exitCode !== null || this.leader.signalCode !== null;
  }

  /**
   * Whether the group surely is ours and still has members. As long as the leader was not waited for, its number cannot
   * be given to another process; afterwards it can only be given away once the last member of the group is gone too,
   * so a process with that number means that the group is no longer ours.
   */
  get isAlive(): boolean {
    if (!this.leaderIsGone) return true;
    return !exists(this.id) && exists(-this.id);
  }

  /** Signals every member; does nothing when the group is gone. */
  signal(signal: NodeJS.Signals): void {
    if (!this.isAlive) return;
    try {
      process.kill(-this.id, signal);
    } catch {
      // It went away just now (ESRCH), or all that is left of it belongs to another user (EPERM).
    }
  }

  /** Resolves when no member is left, or after the given time; tells which. */
  async gone(msMax: number): Promise<boolean> {
    for (let waited = 0; this.isAlive; waited += GROUP_POLL_MS) {
      if (waited >= msMax) return false;
      await new Promise((resolve) => setTimeout(resolve, GROUP_POLL_MS));
    }
    return true;
  }

  /** The caller is done with this group. Members that are left (a plugin may start a service) are left alone. */
  release(): void {
    live.delete(this);
    if (live.size === 0) unwatch();
  }
}

function watch(): void {
  process.on("exit", killGroups);
  process.on("SIGTSTP", halt);
}

function unwatch(): void {
  process.off("exit", killGroups);
  process.off("SIGTSTP", halt);
}

/** Ends all groups at once, without asking. */
export function killGroups(): void {
  for (const group of live) group.signal("SIGKILL");
}

/**
 * Ctrl-Z halts the groups together with this process, and they go on together. The system's own way of halting is used: it
 * knows when nobody is there who could let a process go on, and then does nothing.
 */
function halt(): void {
  const halted = [...live];
  for (const group of halted) group.signal("SIGSTOP");
  const startedAt = performance.now();
  process.off("SIGTSTP", halt);
  process.kill(process.pid, "SIGTSTP");
  // Here the process goes on.
  haltedFor += performance.now() - startedAt;
  if (live.size > 0) process.on("SIGTSTP", halt);
  for (const group of halted) group.signal("SIGCONT");
}

/** A negative number stands for a group. */
function exists(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
