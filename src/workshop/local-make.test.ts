import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { packageRoot } from "../base/package-root.ts";
import { LOCAL_MAKE_FILE, localMake } from "./local-make.ts";

/** What a Makefile of ours runs with this file beside it. */
function runs(program: string, env: Record<string, string> = {}): string {
  const folder = tempDir();
  writeFileSync(join(folder, LOCAL_MAKE_FILE), localMake(program));
  const common = readFileSync(join(packageRoot(), "sdk/templates/native/common/template.json"), "utf8");
  const lines = (JSON.parse(common).texts.makefile_head as string[]).filter((line) => /OSAURUS|include/.test(line));
  writeFileSync(join(folder, "Makefile"), `${lines.join("\n")}\nall:\n\t@$(OSAURUS) tools test\n`);
  const { stdout, stderr } = spawnSync("make", ["-C", folder, "--no-print-directory"], {
    env: { PATH: process.env["PATH"], ...env },
    encoding: "utf8",
  });
  return `${stdout}${stderr}`;
}

/** A program in a folder of any name, which says how it was called. */
function programIn(name: string): string {
  const folder = join(tempDir(), name);
  mkdirSync(folder);
  const program = join(folder, "osaurus");
  writeFileSync(program, '#!/bin/sh\necho "ran $*"\n');
  chmodSync(program, 0o755);
  return program;
}

test.each(["plain", "with blank", "it's", "a$(touch x)b$$c", "h#sh", 'q"uote', "back`tick;x&y", "\u00fc%n=1"])(
  "a program in a folder named %j is found and run",
  (name) => expect(runs(programIn(name))).toBe("ran tools test\n"),
);

test("a program that the environment names is preferred", () => {
  const other = programIn("other");
  expect(runs("/nowhere/osaurus", { OSAURUS: other })).toBe("ran tools test\n");
});

test('"make test" builds once: what it made is what is tested', () => {
  const folder = tempDir();
  const common = readFileSync(join(packageRoot(), "sdk/templates/native/common/template.json"), "utf8");
  const tail = (JSON.parse(common).texts.makefile_tail as string[]).join("\n");
  const built = "build unit-test:\n\t@echo $@\n";
  writeFileSync(join(folder, "Makefile"), `OSAURUS := ${programIn("plain")}\n${built}${tail}\n`);
  const { stdout } = spawnSync("make", ["-s", "-C", folder, "--no-print-directory", "test"], { encoding: "utf8" });
  expect(stdout).toBe("build\nunit-test\nran tools test --no-build\n");
});
