// Data keys are made and changed by one replacement of a file each: whatever ends that in the middle, everything that was
// kept is readable afterwards, and the next try succeeds.

import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openWithRecoveryKey, pruneKeys, rekey } from "../../src/store/change-data-keys.ts";
import { DataKeys } from "../../src/store/data-keys.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import { reencryption } from "../../src/store/secret-tree.ts";
import { bundledProgram } from "../helpers/bundled-program.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const PROGRAM = await bundledProgram("rekey-and-die");
const TEST_MS_MAX = 180_000;
/** More changes than any of these has. */
const CHANGES_MAX = 400;
/** Changes that are tried side by side: this process and the one that is ended take turns in each. */
const AT_ONCE = 2;

interface Ended {
  /** Not there when it was killed. */
  readonly result: { ok: boolean; code?: string; reached: boolean } | undefined;
  readonly recoveryKeys: readonly string[];
}

type RunUntil = (folder: string, at: number) => Promise<Ended>;
type What = "rekey" | "ensure";

/** A process for each, because it is killed. */
async function runUntilKilled(what: What, folder: string, at: number): Promise<Ended> {
  const args = [PROGRAM, what, folder, String(at)];
  const stdout = await new Promise<string>((resolve) => execFile(process.execPath, args, (_, out) => resolve(out)));
  const lines = stdout.split("\n").filter((line) => line !== "");
  const json = lines.find((line) => line.startsWith("{"));
  return {
    result: json === undefined ? undefined : JSON.parse(json),
    recoveryKeys: lines.filter((line) => line.startsWith("OSPR")),
  };
}

/** One process that is told that the disk is full, again and again. It ends with the test. */
function runsUntilFull(what: What): RunUntil {
  const child = fork(PROGRAM, [what], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return async (folder, at) => {
    const answer = once(child, "message");
    child.send({ folder, at });
    return (await answer)[0] as Ended;
  };
}

/** Tries one change after another, some side by side, until one says that there is no such change any more. */
async function atEachChange(
  how: "kill" | "full",
  what: What,
  tried: (runUntil: RunUntil, at: number) => Promise<boolean>,
): Promise<void> {
  let next = 1;
  const lane = async () => {
    const runUntil: RunUntil = how === "full" ? runsUntilFull(what) : (...run) => runUntilKilled(what, ...run);
    while (next < CHANGES_MAX) if (!(await tried(runUntil, next++))) return;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

test("of processes that make the first keys at once, one prints the recovery key, and it is the right one", async () => {
  const folder = join(tempDir(), "Secrets");
  const all = await Promise.all([0, 1, 2, 3].map(() => runUntilKilled("ensure", folder, 0)));
  expect(all.map(({ result }) => result?.ok)).toEqual([true, true, true, true]);
  const given = all.flatMap(({ recoveryKeys }) => recoveryKeys);
  expect(given).toHaveLength(1);
  openWithRecoveryKey(new DataKeys({ folder, env: {} }), given[0]!);
});

const name = (key: string) => ({ pluginId: "p", agentId: "A", key });
const KEYS = ["a", "b", "c"];

async function prepared(): Promise<{ folder: string; recoveryKey: string }> {
  const folder = join(tempDir(), "Secrets");
  let recoveryKey = "";
  const keys = new DataKeys({ folder, env: {}, onRecoveryKey: (text) => (recoveryKey = text) });
  const store = new SecretStore(folder, keys);
  for (const key of KEYS) await store.set(name(key), `value ${key}`);
  return { folder, recoveryKey };
}

async function expectAll(store: SecretStore): Promise<void> {
  expect([...(await store.all("p", "A"))]).toEqual(KEYS.map((key) => [key, `value ${key}`]));
}

for (const how of ["kill", "full"] as const) {
  const word = how === "kill" ? "killed" : "told that the disk is full";
  test(
    `a process that is ${word} at any change while it encrypts everything anew loses nothing`,
    async () => {
      const before = await prepared();
      let runs = 0;
      let flips = 0;
      await atEachChange(how, "rekey", async (runUntil, at) => {
        const folder = join(tempDir(), "Secrets");
        cpSync(before.folder, folder, { recursive: true });
        const { result, recoveryKeys } = await runUntil(folder, at);
        if (result?.ok && !result.reached) return false;
        runs++;
        await expectAll(new SecretStore(folder));
        const keys = new DataKeys({ folder, env: {} });
        const isNew = keys.file()!.keys.length > 1;
        if (isNew) flips++;
        // A recovery key that somebody has seen opens everything without the key file.
        openWithRecoveryKey(keys, isNew ? recoveryKeys.at(-1)! : before.recoveryKey);
        await expectAll(new SecretStore(folder, keys));
        // The next try does not mind what was left behind.
        const again = new DataKeys({ folder, env: {} });
        await rekey(again, reencryption(folder, []));
        expect(await pruneKeys(again, () => new Set())).toBe(0);
        await expectAll(new SecretStore(folder));
        expect(readdirSync(folder).filter((entry) => /^[0-9a-f]{32}$/.test(entry))).toHaveLength(1);
        rmSync(folder, { recursive: true });
        return true;
      });
      expect(runs).toBeGreaterThan(20);
      expect(flips, "it was also ended after the new key had become the current one").toBeGreaterThan(2);
      expect(runs - flips, "and before").toBeGreaterThan(10);
    },
    TEST_MS_MAX,
  );

  test(
    `a process that is ${word} at any change while it makes the first keys leaves no half of them`,
    async () => {
      let runs = 0;
      await atEachChange(how, "ensure", async (runUntil, at) => {
        const folder = join(tempDir(), "Secrets");
        const { result, recoveryKeys } = await runUntil(folder, at);
        if (result?.ok && !result.reached) return false;
        runs++;
        const made = new DataKeys({ folder, env: {} });
        if (made.file() !== undefined) openWithRecoveryKey(made, recoveryKeys.at(-1)!);
        const store = new SecretStore(folder);
        await store.set(name("a"), "x");
        expect(await new SecretStore(folder).get(name("a"))).toBe("x");
        return true;
      });
      expect(runs).toBeGreaterThan(5);
    },
    TEST_MS_MAX,
  );
}
