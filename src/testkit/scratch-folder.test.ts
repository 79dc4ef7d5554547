import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

let scratch: string;
const TMPDIR = process.env["TMPDIR"];

beforeEach(() => {
  scratch = tempDir();
  process.env["TMPDIR"] = scratch;
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = TMPDIR;
});

const folders = () => readdirSync(scratch).filter((name) => !name.endsWith(".owner"));

/** A program that makes a folder with something in it, and ends like that. */
function runs(end: string) {
  const program = `
    import { writeFileSync } from "node:fs";
    const { makeScratchFolder } = await import(${JSON.stringify(join(import.meta.dirname, "scratch-folder.ts"))});
    writeFileSync(makeScratchFolder("osprey-testkit-").path + "/database", "secret");
    ${end}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", program], { env: process.env });
}

test("a folder goes with its program; what a killed one left, the next one removes, but nothing of one that runs", () => {
  expect(runs("process.exit(3);").status).toBe(3);
  expect(readdirSync(scratch)).toEqual([]);
  const running = makeScratchFolder("osprey-testkit-");
  expect(runs('process.kill(process.pid, "SIGKILL");').signal).toBe("SIGKILL");
  expect(folders()).toHaveLength(2);
  const next = makeScratchFolder("osprey-testkit-");
  expect(folders().sort()).toEqual([running, next].map(({ path }) => basename(path)).sort());
  running.remove();
  next.remove();
  expect(readdirSync(scratch)).toEqual([]);
});
