// An installation that is killed, or runs out of room, at each single change that it makes: a whole version stays in use.

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installPackage } from "../../src/plugins/native/install-store.ts";
import { findInstalled } from "../../src/plugins/native/installed.ts";
import { repairCurrent } from "../../src/plugins/native/repair-current.ts";
import { verifyInstalled } from "../../src/plugins/native/verify-installed.ts";
import { bundledProgram } from "../helpers/bundled-program.ts";
import { libraryBytes } from "../helpers/library-bytes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const LIBRARY = `plugin.${process.platform === "darwin" ? "dylib" : "so"}`;
const PROGRAM = await bundledProgram("install-and-die");
const STEPS_MAX = 100;
/** Steps that are tried side by side: this process and the one that is ended take turns in each. */
const AT_ONCE = 2;

function packageFolder(version: string, library: string): string {
  const path = tempDir();
  mkdirSync(join(path, "web"));
  writeFileSync(join(path, "web/index.html"), library);
  writeFileSync(join(path, LIBRARY), libraryBytes(library));
  writeFileSync(join(path, "osaurus-plugin.json"), JSON.stringify({ plugin_id: "a.b", version }));
  return path;
}

const install = (tools: string, path: string) =>
  installPackage(
    tools,
    { kind: "folder", path, label: path, fromRegistry: false },
    { allowUnsigned: true, consentGiven: true },
  );

interface Outcome {
  readonly signal: string | null;
  readonly ok?: boolean;
  readonly code?: string;
  readonly reached?: boolean;
}

function installAndDie(tools: string, path: string, step: number, how: "kill" | "full"): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, tools, path, String(step), how], (error, stdout) => {
      resolve({ signal: (error?.signal as string | undefined) ?? null, ...(stdout ? JSON.parse(stdout) : {}) });
    });
  });
}

/** Tries one step after another, some side by side, until one says that there is no such step any more. */
async function atEachStep(tried: (step: number) => Promise<boolean>): Promise<void> {
  let next = 1;
  const lane = async () => {
    while (next <= STEPS_MAX) if (!(await tried(next++))) return;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Which library is in use, after what a host does at its start. Fails when it is not a whole installation. */
async function inUse(tools: string): Promise<string> {
  await repairCurrent(tools);
  const rows = await verifyInstalled(tools);
  expect(rows.map(({ error }) => error)).toEqual([undefined]);
  const { library, folder } = (await findInstalled(tools, "a.b"))!;
  const text = readFileSync(library as string)
    .subarray(libraryBytes().length)
    .toString();
  expect(readFileSync(join(folder, "web/index.html"), "utf8")).toBe(text);
  return text;
}

/** Names that belong to nobody any more. Those of the lock and of `.changed` may be somebody else's for a minute. */
const leftovers = (tools: string) =>
  [...readdirSync(tools), ...readdirSync(join(tools, "a.b"))].filter((name) =>
    /^\.(?!install\.lock|changed)/.test(name),
  );

test.each([
  ["a new version", "2.0.0"],
  ["the same version", "1.0.0"],
])(
  "%s, killed at each step: the old or the new one is in use, and the next installation cleans up",
  { timeout: 240_000 },
  async (_what, version) => {
    const old = packageFolder("1.0.0", "old");
    const next = packageFolder(version, "new");
    const seen = new Set<string>();
    let killed = 0;
    await atEachStep(async (step) => {
      const tools = join(tempDir(), "Tools");
      await install(tools, old);
      const { signal } = await installAndDie(tools, next, step, "kill");
      if (signal === null) return false;
      expect(signal).toBe("SIGKILL");
      killed += 1;
      seen.add(await inUse(tools));
      await install(tools, next);
      expect(await inUse(tools)).toBe("new");
      expect(leftovers(tools)).toEqual([]);
      return true;
    });
    expect(killed).toBeGreaterThan(10);
    expect([...seen].sort()).toEqual(["new", "old"]);
  },
);

test("a full disk at each step: the error says so, and the old version is in use", { timeout: 240_000 }, async () => {
  const old = packageFolder("1.0.0", "old");
  const next = packageFolder("1.0.0", "new");
  let failed = 0;
  await atEachStep(async (step) => {
    const tools = join(tempDir(), "Tools");
    await install(tools, old);
    const outcome = await installAndDie(tools, next, step, "full");
    expect(outcome.signal).toBeNull();
    if (!outcome.reached) return false;
    if (!outcome.ok) {
      failed += 1;
      expect(outcome.code).toBe("install_failed");
    }
    expect(await inUse(tools)).toBe(outcome.ok ? "new" : "old");
    expect(leftovers(tools)).toEqual([]);
    return true;
  });
  expect(failed).toBeGreaterThan(10);
});
