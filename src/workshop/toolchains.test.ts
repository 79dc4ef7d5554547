import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { missingTools, missingToolText } from "./toolchains.ts";

/** A search path with these programs on it. */
function having(...programs: string[]): { PATH: string } {
  const folder = tempDir();
  for (const program of programs) {
    writeFileSync(join(folder, program), "");
    chmodSync(join(folder, program), 0o755);
  }
  return { PATH: `/nowhere${delimiter}${folder}${delimiter}` };
}

test("programs on the search path are not missing", () => {
  expect(missingTools(["cc", "make"], having("cc", "make"), "linux")).toEqual([]);
  expect(missingTools(["cc", "make"], having("make"), "linux").map(({ program }) => program)).toEqual(["cc"]);
});

test.each([
  ["linux", ["apt-get"], "cargo", "sudo apt-get install cargo"],
  ["linux", ["dnf"], "c++", "sudo dnf install gcc-c++"],
  ["linux", ["apt-get"], "swift", "https://www.swift.org/install/"],
  ["linux", [], "go", "https://go.dev/dl/"],
  ["darwin", ["brew"], "go", "brew install go"],
  ["darwin", [], "go", "https://go.dev/dl/"],
  ["darwin", ["brew"], "cc", "xcode-select --install"],
  ["linux", ["apt-get"], "unheard-of", "install unheard-of"],
] as const)("on %s with %j, %s is to be had by: %s", (platform, has, program, install) => {
  expect(missingTools([program], having(...has), platform)).toEqual([{ program, install }]);
});

test("a folder, and a file that may not be run, are no programs", () => {
  const env = having("apt-get");
  const folder = env.PATH.split(delimiter)[1]!;
  mkdirSync(join(folder, "cc"));
  writeFileSync(join(folder, "make"), "", { mode: 0o644 });
  expect(missingTools(["cc", "make"], env, "linux")).toHaveLength(2);
});

test("without a search path everything is missing", () => {
  expect(missingTools(["cc"], {}, "linux")).toEqual([{ program: "cc", install: "https://gcc.gnu.org/install/" }]);
});

test("people read a command in quotes, or an address", () => {
  expect(missingToolText({ program: "go", install: "brew install go" })).toBe('go ("brew install go")');
  expect(missingToolText({ program: "zig", install: "https://z.org" })).toBe("zig (from https://z.org)");
});
