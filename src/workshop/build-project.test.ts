import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { readProject } from "../projects/project.ts";
import { buildProject } from "./build-project.ts";

const signal = new AbortController().signal;

async function build(command: string, programs: readonly string[] = []) {
  const [folder, bin] = [tempDir(), join(tempDir(), "bin")];
  mkdirSync(bin);
  for (const name of programs) writeFileSync(join(bin, name), "#!/bin/sh\n", { mode: 0o755 });
  const dev = { build: command, library: "build/hello" };
  writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify({ plugin_id: "a.b", version: "1.0.0", dev }));
  await buildProject(readProject(folder), { env: { PATH: bin }, signal });
}

test("a program that a build needs is named when it is not there, also behind others that nobody needs", async () => {
  await expect(build("go build .")).rejects.toMatchObject({ code: "toolchain_missing", details: { program: "go" } });
  const several = "sccache --version; zig version; echo 'make: not found'; cargo build; exit 1";
  await expect(build(several, ["zig", "make"])).rejects.toMatchObject({
    code: "toolchain_missing",
    details: { program: "cargo" },
    hint: expect.stringContaining("install cargo"),
  });
});

test("a program that is there, or that nobody knows, is no missing toolchain", async () => {
  await expect(build("sccache; echo 'make: not found'; exit 1", ["make"])).rejects.toMatchObject({
    code: "build_failed",
  });
});

test("the first mistake is what the hint sends the author to, past what the compiler only warns of", async () => {
  const printed = "echo 'a.c:1:2: warning: so so'; echo 'a.c:3:4: error: wrong'; echo 'b.c:5:6: error: too'; exit 1";
  await expect(build(printed)).rejects.toMatchObject({ code: "build_failed", hint: "mend a.c:3 first" });
  await expect(build("exit 3")).rejects.toMatchObject({
    message: "the build exited with status 3",
    hint: expect.stringContaining('"dev"."build"'),
  });
  await build("echo 'a.c:3:4: error: tried only'");
});
