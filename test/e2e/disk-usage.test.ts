import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const EXAMPLE = join(import.meta.dirname, "..", "..", "examples", "disk-usage");
const home = makeTempHome();
afterAll(() => home.remove());

/** A folder of 300 bytes: 200 of them in `big`, of which 120 lie one level deeper. */
function sampleFolder(): string {
  const dir = tempDir();
  mkdirSync(join(dir, "big", "deep"), { recursive: true });
  mkdirSync(join(dir, "small"));
  writeFileSync(join(dir, "big", "a"), "x".repeat(80));
  writeFileSync(join(dir, "big", "deep", "b"), "x".repeat(120));
  writeFileSync(join(dir, "small", "c"), "x".repeat(100));
  linkSync(join(dir, "small", "c"), join(dir, "small", "c-again"));
  symlinkSync(join(dir, "big"), join(dir, "small", "link-to-big"));
  return dir;
}

async function diskUsage(...args: string[]) {
  return await runCli(["--plugin-dir", EXAMPLE, "disk-usage", ...args], { env: home.env });
}

test("folders are listed largest first, with what lies deeper counted in and no file counted twice", async () => {
  const dir = sampleFolder();
  const { code, stdout, stderr } = await diskUsage(dir, "--apparent", "--json");
  expect([code, stderr]).toEqual([0, ""]);
  const link = Buffer.byteLength(join(dir, "big")); // The length of a link is that of its target's path.
  expect(JSON.parse(stdout)).toEqual([
    { folder: dir, files: 5, size: `${300 + link} B`, bytes: 300 + link },
    { folder: join(dir, "big"), files: 2, size: "200 B", bytes: 200 },
    { folder: join(dir, "small"), files: 3, size: `${100 + link} B`, bytes: 100 + link },
  ]);
});

test("--depth and --top choose the rows, and what was left out is said on stderr", async () => {
  const dir = sampleFolder();
  const deeper = await diskUsage(dir, "--apparent", "--depth=2", "--top", "0", "--json");
  expect(JSON.parse(deeper.stdout)).toHaveLength(4);
  const top = await diskUsage(dir, "--apparent", "--top", "1");
  expect(top.stderr).toBe("info: 1 of 3 folders; --top 0 shows all\n");
  expect(top.stdout).toContain("| folder ");
});

test.each([
  [["/no/such/folder"], "NOT_FOUND"],
  [["/dev/null"], "NOT_A_FOLDER"],
  [["--depth", "deep"], "USAGE"],
  [["--colour"], "USAGE"],
  [["one", "two"], "USAGE"],
])("a mistake is an answer with a code: %j gives %s", async (args, errorCode) => {
  const { code, stdout } = await diskUsage(...args, "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: errorCode } });
});

test("its help is its own", async () => {
  const { code, stdout } = await diskUsage("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("usage: disk-usage [FOLDER]");
});
