import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installFixture } from "../../../test/helpers/installed-plugin.ts";
import { nativeFixture } from "../../../test/helpers/native-plugins.ts";
import { RUNNER_PATH } from "../../../test/helpers/runner-path.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { LIBRARY_SUFFIX } from "../../base/library-suffix.ts";
import { examineInstalled } from "./doctor.ts";
import { quarantine } from "./quarantine.ts";

const ID = "my.plugin";
const CRASHES = "load-constructor-crashes";

function place(fixture: string, runnerPath = RUNNER_PATH) {
  const data = tempDir();
  const folder = installFixture(data, fixture, { id: ID });
  const folders = { tools: join(data, "Tools"), scratch: join(data, "run") };
  const library = join(folder, `plugin${LIBRARY_SUFFIX}`);
  const examine = async () => {
    const findings = await examineInstalled(folders, ID, { runnerPath, env: {}, cwd: data });
    return Object.fromEntries(findings.map((one) => [one.code, one]));
  };
  return { folder, folders, library, examine };
}

test("a library that would be loaded is opened, and nothing of its copy is left", async () => {
  const { examine, folders } = place("echoes");
  expect((await examine()).dlopen).toMatchObject({ status: "ok" });
  expect(readdirSync(folders.scratch)).toEqual([]);
  const { examine: examineBad } = place(CRASHES);
  expect((await examineBad()).dlopen).toMatchObject({ status: "fail", detail: expect.stringContaining("SIGABRT") });
});

test("a library whose plugin is quarantined is not opened", async () => {
  const { examine, folders } = place(CRASHES);
  await quarantine(folders.tools, ID, "1.0.0", "it crashed");
  expect(await examine()).toMatchObject({
    quarantine: { status: "fail" },
    dlopen: { status: "warn", detail: "not tried, because of: quarantine" },
  });
});

test("an author's own build is called so, and not something that was installed", async () => {
  const { examine, folder } = place("echoes");
  const path = join(folder, "receipt.json");
  const dev = { project: "/home/ada/hello", built_at: "2026-01-01T00:00:00.000Z", before: null };
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), dev }));
  expect(await examine()).toMatchObject({
    signature: {
      status: "warn",
      detail: "not signed: it is an author's own build, of /home/ada/hello",
      hint: expect.stringContaining(`tools dev --stop ${ID}`),
    },
    dlopen: { status: "ok" },
  });
});

test("what is opened is what was checked, whatever lies in its place by then", async () => {
  const runner = join(tempDir(), "runner");
  const { examine, library } = place("echoes", runner);
  const swap = `cp "${nativeFixture(CRASHES)}" "${library}.new" && mv "${library}.new" "${library}"`;
  writeFileSync(runner, `#!/bin/sh\n${swap}\nexec "${RUNNER_PATH}" "$@"\n`, { mode: 0o755 });
  expect((await examine()).dlopen).toMatchObject({ status: "ok" });
  // It did lie there.
  expect((await examine()).library_hash).toMatchObject({ status: "fail" });
});

test("the reason of the system names the installed library", async () => {
  const { examine, library } = place("load-link-missing");
  const { detail } = (await examine()).dlopen!;
  expect(detail).toContain("undefined");
  expect(detail).not.toContain("/proc/");
  expect(detail).toContain(library);
});

test("a pipe in the place of the library, of the receipt or of the consent is not waited for", async () => {
  const { examine, folder, library } = place("echoes");
  const kept = join(tempDir(), "kept");
  for (const [path, code] of [
    [library, "library_hash"],
    [join(folder, "receipt.json"), "receipt"],
    [join(folder, ".user_consent"), "consent"],
  ] as const) {
    cpSync(path, kept);
    rmSync(path);
    execFileSync("mkfifo", [path]);
    const found = await examine();
    expect(found[code], code).toMatchObject({ status: "fail", detail: expect.stringContaining("no regular file") });
    expect(found.dlopen?.status).not.toBe("ok");
    rmSync(path);
    cpSync(kept, path);
  }
  expect((await examine()).dlopen).toMatchObject({ status: "ok" });
});

test("a consent that is a folder keeps the library closed, and the way out is said", async () => {
  const { examine, folder } = place(CRASHES);
  rmSync(join(folder, ".user_consent"));
  mkdirSync(join(folder, ".user_consent"));
  expect(await examine()).toMatchObject({
    consent: { status: "fail", hint: expect.stringContaining("remove it") },
    dlopen: { status: "warn" },
  });
});
