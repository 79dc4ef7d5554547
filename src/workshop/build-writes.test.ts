import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEV_OWN_ROUNDS_MAX } from "../protocol/limits.ts";
import { BuildWrites } from "./build-writes.ts";

/** A project of which only the clock is not real. Files hold what is said of them; nothing: they are removed. */
function writes() {
  let now = 1_000_000;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now);
  const folder = tempDir();
  const endless: string[] = [];
  const own = new BuildWrites((file) => endless.push(file.slice(folder.length + 1)));
  const write = (files: Files, at: number) =>
    Object.entries(files).map(([name, text]) => {
      const path = join(folder, name);
      if (text === undefined) rmSync(path, { force: true });
      else writeFileSync(path, text);
      return [path, at] as const;
    });
  return {
    endless,
    [Symbol.dispose]: () => clock.mockRestore(),
    /** What is left to build when the first files were written in the middle of a build, and others after it. */
    async build(during: Files, after: Files = {}) {
      own.began();
      const middle = now + 500;
      now += 1_000;
      own.ended();
      now += 1_000;
      const files = new Map([...write(during, middle), ...write(after, now)]);
      const left = await own.without({ files, savedAt: Math.max(...files.values()) });
      return left && [...left.files.keys()].map((path) => path.slice(folder.length + 1));
    },
  };
}

type Files = Readonly<Record<string, string | undefined>>;

test("a file that each build writes alike brings about one more build and no third one", async () => {
  using project = writes();
  expect(await project.build({ "made.h": "1" })).toEqual(["made.h"]);
  expect(await project.build({ "made.h": "1" })).toBeUndefined();
  // So does one that each build makes and removes.
  expect(await project.build({ passing: undefined })).toEqual(["passing"]);
  expect(await project.build({ passing: undefined })).toBeUndefined();
});

test("a file that somebody saves during two builds in a row is built both times, also in place", async () => {
  using project = writes();
  expect(await project.build({ source: "one" })).toEqual(["source"]);
  expect(await project.build({ source: "two" })).toEqual(["source"]);
  expect(await project.build({ source: "two" })).toBeUndefined();
  expect(await project.build({ source: "three", "made.h": "1" })).toEqual(["source", "made.h"]);
});

test("the lock file of a package manager that a build writes brings about none, and one that somebody saves does", async () => {
  using project = writes();
  expect(await project.build({ "Cargo.lock": "1" })).toBeUndefined();
  expect(await project.build({}, { "Cargo.lock": "2" })).toEqual(["Cargo.lock"]);
});

test("what a build writes counts again once somebody saves it between builds, and so does all else", async () => {
  using project = writes();
  await project.build({ "made.h": "1" });
  expect(await project.build({ "made.h": "1" }, { source: "x" })).toEqual(["source"]);
  expect(await project.build({}, { "made.h": "2" })).toEqual(["made.h"]);
  // Nothing that is known of it from before holds: a build may have read what was there in between.
  expect(await project.build({ "made.h": "1" })).toEqual(["made.h"]);
});

test("a file that is another one after each build is built for a few rounds in a row, is named, and then left alone", async () => {
  using project = writes();
  let count = 0;
  const next = () => ({ "made.h": String(count++) });
  for (let round = 0; round < DEV_OWN_ROUNDS_MAX; round++) expect(await project.build(next())).toEqual(["made.h"]);
  expect(project.endless).toEqual([]);
  expect(await project.build(next())).toBeUndefined();
  expect(project.endless).toEqual(["made.h"]);
  expect(await project.build(next(), { source: "x" })).toEqual(["source"]);
  expect(project.endless).toHaveLength(1);
  expect(await project.build({}, next())).toEqual(["made.h"]);
  expect(await project.build(next())).toEqual(["made.h"]);
});

test("rounds that somebody had a part in are not counted", async () => {
  using project = writes();
  for (let round = 0; round < 2 * DEV_OWN_ROUNDS_MAX; round++) {
    const saved = round % DEV_OWN_ROUNDS_MAX === 0 ? { other: String(round) } : {};
    expect(await project.build({ source: String(round) }, saved)).toContain("source");
  }
  expect(project.endless).toEqual([]);
});
