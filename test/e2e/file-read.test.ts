// A plugin reads shared files through the real program.

import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FILE_READ_BYTES_MAX } from "../../src/protocol/limits.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";

/** A data folder with an empty artifacts folder, and a way to ask for a file of it. */
function openHome() {
  const data = tempDir();
  const artifacts = join(data, "artifacts");
  mkdirSync(artifacts);
  const env = { PATH: process.env.PATH, HOME: data, OSAURUS_HOME: data };
  const call = async (tool: string, path: string): Promise<unknown> => {
    const args = ["tools", "call", "--library", nativeFixture("reads-file"), tool, "--args", JSON.stringify({ path })];
    const { code, stdout } = await runCli([...args, "--json"], { program: "osaurus", env });
    expect(code).toBe(0);
    return JSON.parse(stdout).result;
  };
  return { data, artifacts, call };
}

test("a plugin reads what was shared, by each of its names, and nothing else", async () => {
  const { data, artifacts, call } = openHome();
  writeFileSync(join(artifacts, "rows.csv"), "a;b\n1;2\n");
  writeFileSync(join(data, "secret"), "secret");
  symlinkSync("../secret", join(artifacts, "link"));
  const shared = { data: Buffer.from("a;b\n1;2\n").toString("base64"), mime_type: "text/csv", size: 8 };
  for (const path of ["rows.csv", join(artifacts, "rows.csv"), "~/.osaurus/artifacts/rows.csv"]) {
    expect(await call("read", path)).toEqual(shared);
  }
  const denied = { error: "access_denied", message: "Only files in the artifacts folder can be read." };
  for (const path of [join(data, "secret"), join(data, "nothing"), "../secret", "link"]) {
    expect(await call("read", path)).toEqual(denied);
  }
  expect(await call("read", "nothing")).toMatchObject({ error: "not_found" });
});

test("the largest file that may be read arrives whole, also twice at once; one byte more is refused", async () => {
  const { artifacts, call } = openHome();
  const path = join(artifacts, "large");
  writeFileSync(path, "");
  truncateSync(path, FILE_READ_BYTES_MAX);
  const frame = '{"data":"","mime_type":"application/octet-stream","size":50000000}'.length;
  const whole = { chars: frame + 4 * Math.ceil(FILE_READ_BYTES_MAX / 3), size: FILE_READ_BYTES_MAX };
  expect(await call("measure", "large")).toEqual(whole);
  expect(await call("two", "large")).toEqual(whole);
  truncateSync(path, FILE_READ_BYTES_MAX + 1);
  expect(await call("read", "large")).toMatchObject({ error: "file_too_large" });
});
