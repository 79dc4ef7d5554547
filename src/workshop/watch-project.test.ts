import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { watchProject } from "./watch-project.ts";

const never = new AbortController().signal;

async function watched(before: (folder: string) => void = () => {}) {
  const folder = tempDir();
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/a.c"), "one");
  before(folder);
  const watch = await watchProject(folder, join(folder, "osp-hello"));
  onTestFinished(() => watch.close());
  const names = async () =>
    [...(await watch.next(never))!.files.keys()].map((path) => path.slice(folder.length + 1)).sort();
  return { folder, watch, names, write: (name: string, text = "x") => writeFileSync(join(folder, name), text) };
}

test("a file that is saved, in whatever way an editor does it, is a change", async () => {
  const { folder, names, write } = await watched();
  write("src/a.c", "two");
  expect(await names()).toEqual(["src/a.c"]);
  write("src/a.c.new~", "three");
  renameSync(join(folder, "src/a.c.new~"), join(folder, "src/a.c"));
  expect(await names()).toEqual(["src/a.c"]);
  write("src/b.c");
  expect(await names()).toEqual(["src/b.c"]);
  rmSync(join(folder, "src/b.c"));
  expect(await names()).toEqual(["src/b.c"]);
  mkdirSync(join(folder, "more"));
  write("more/c.c");
  expect(await names()).toContain("more/c.c");
});

test("several files that are saved at once are one change", async () => {
  const { names, write } = await watched();
  for (const name of ["a", "b", "c"]) write(`src/${name}.c`, "new");
  expect(await names()).toEqual(["src/a.c", "src/b.c", "src/c.c"]);
});

test("what builds and tools make is no change", async () => {
  const made = ["build", "target", ".git", "node_modules", "__pycache__", "zig-out", "dist", ".venv", "src/.cache"];
  const { names, write } = await watched((folder) => {
    for (const name of made) mkdirSync(join(folder, name));
  });
  for (const name of made) write(`${name}/file`);
  for (const name of ["osp-hello", ".hidden", "src/.a.c.swp", "src/a.c~", "4913"]) write(name);
  write("src/z.c");
  expect(await names()).toEqual(["src/z.c"]);
});

test("a link that leads out of the project is not followed", async () => {
  const outside = tempDir();
  const { names, write } = await watched((folder) => symlinkSync(outside, join(folder, "src/outside")));
  writeFileSync(join(outside, "a"), "x");
  write("src/z.c");
  expect(await names()).toEqual(["src/z.c"]);
});

test("the time of a change is that of its last save, also when the file brings an older one along", async () => {
  const { watch, write } = await watched();
  const before = Date.now() - 10;
  write("src/a.c", "two");
  const { savedAt } = (await watch.next(never))!;
  expect(savedAt).toBeGreaterThanOrEqual(before);
  expect(savedAt).toBeLessThanOrEqual(Date.now());
});

test("whoever waits for a change is let go when there is nothing to wait for any more", async () => {
  const { watch } = await watched();
  const user = new AbortController();
  const waiting = watch.next(user.signal);
  user.abort();
  expect(await waiting).toBeUndefined();
  expect(await watch.next(user.signal)).toBeUndefined();
});
