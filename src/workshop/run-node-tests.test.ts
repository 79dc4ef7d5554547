import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { untilGone, untilLine } from "../../test/helpers/processes.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";

/** Puts something aside, and tells of itself and of Node's runner. */
const waits = (folder: string, wait: string) => `import { rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
test("waits", async () => {
  writeFileSync(${JSON.stringify(join(folder, "aside"))}, "");
  process.once("exit", () => rmSync(${JSON.stringify(join(folder, "aside"))}));
  writeFileSync(${JSON.stringify(join(folder, "pids"))}, process.pid + " " + process.ppid + "\\n");
  ${wait}
});
`;

test.each([
  ["that wait end and remove what they put aside", "await new Promise((done) => setTimeout(done, 600_000));", false],
  ["that hear nothing end as well", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);", true],
])("when the program that runs tests is killed, those %s", async (_, wait, staysAside) => {
  const folder = tempDir();
  const file = join(folder, "a.test.mjs");
  writeFileSync(file, waits(folder, wait));
  const module = join(import.meta.dirname, "run-node-tests.ts");
  const options = JSON.stringify({ folder, files: [file] });
  const program = `
    const { runNodeTests } = await import(${JSON.stringify(module)});
    await runNodeTests({ ...${options}, env: process.env, signal: new AbortController().signal });`;
  const env = { ...process.env, TMPDIR: tempDir(), NODE_OPTIONS: undefined };
  const started = spawn(process.execPath, ["--input-type=module", "-e", program], { env, stdio: "ignore" });
  const pids = (await untilLine(join(folder, "pids"))).split(" ").map(Number);
  started.kill("SIGKILL");
  await once(started, "exit");
  for (const pid of pids) await untilGone(pid);
  expect(existsSync(join(folder, "aside"))).toBe(staysAside);
});
