import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  watch as fsWatch,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEV_SETTLE_MS } from "../protocol/limits.ts";
import { watchProject } from "./watch-project.ts";

const never = new AbortController().signal;

async function watched(before: (folder: string) => void = () => {}) {
  const folder = tempDir();
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/a.c"), "one");
  before(folder);
  const watch = await watchProject(folder, [join(folder, "osp-hello"), join(folder, "data")]);
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

test("a save that reaches the disk in two writes is one change", async () => {
  const { folder, names, write } = await watched();
  // Of what follows so soon the second is told of with a delay; on a busy computer it must not come later than that.
  const timers = watchTimers((ms) => (ms === DEV_SETTLE_MS ? 2 * ms : ms));
  const isSeen = once(fsWatch(join(folder, "src/a.c"), { signal: timers.signal }), "change");
  write("src/a.c", "t");
  await isSeen;
  appendFileSync(join(folder, "src/a.c"), "wo");
  expect(await names()).toEqual(["src/a.c"]);
  await eventually(() => expect(timers.open()).toBe(0));
  write("src/b.c");
  expect(await names()).toEqual(["src/b.c"]);
  // One that is written again later is another change, also with the same text.
  write("src/a.c", "two");
  expect(await names()).toEqual(["src/a.c"]);
});

/** Timers of this process from now on, without those that look whether something is so; `msOf` makes some of them longer. */
function watchTimers(msOf: (ms: number) => number) {
  const over = new AbortController();
  const open = new Set<unknown>();
  const { setTimeout: start, clearTimeout: end } = globalThis;
  const started = (run: () => void, ms = 0) => {
    const timer = start(() => {
      open.delete(timer);
      run();
    }, msOf(ms));
    open.add(timer);
    return timer;
  };
  const ended = (timer: NodeJS.Timeout | undefined) => {
    open.delete(timer);
    end(timer);
  };
  const mocks = [
    vi.spyOn(globalThis, "setTimeout").mockImplementation(started as typeof setTimeout),
    vi.spyOn(globalThis, "clearTimeout").mockImplementation(ended as typeof clearTimeout),
  ];
  onTestFinished(() => {
    over.abort();
    for (const mock of mocks) mock.mockRestore();
  });
  return { signal: over.signal, open: () => open.size };
}

test("a folder that is moved away and replaced is one change, and what changes in the new one is seen", async () => {
  const { folder, names, write } = await watched();
  const away = `${folder}-away`;
  onTestFinished(() => rmSync(away, { recursive: true, force: true }));
  renameSync(folder, away);
  cpSync(away, folder, { recursive: true });
  await names();
  write("src/a.c", "three");
  expect(await names()).toEqual(["src/a.c"]);
});

test("whoever waits is told when the folder is gone", async () => {
  const { folder, watch } = await watched();
  const away = `${folder}-away`;
  renameSync(folder, away);
  onTestFinished(() => renameSync(away, folder));
  expect(await watch.next(never)).toBeDefined();
});

test("several files that are saved at once are one change", async () => {
  const { names, write } = await watched();
  for (const name of ["a", "b", "c"]) write(`src/${name}.c`, "new");
  expect(await names()).toEqual(["src/a.c", "src/b.c", "src/c.c"]);
});

test("whoever asks while an editor still writes waits until it is done", async () => {
  const { watch, write, folder } = await watched();
  const real = globalThis.setTimeout;
  const settled: (() => void)[] = [];
  const hold = (run: () => void, ms?: number) => {
    if (ms === DEV_SETTLE_MS) settled.push(run);
    return real(ms === DEV_SETTLE_MS ? () => {} : run, ms);
  };
  const timers = vi.spyOn(globalThis, "setTimeout").mockImplementation(hold as typeof setTimeout);
  onTestFinished(() => timers.mockRestore());
  write("src/a.c", "two");
  await eventually(() => expect(settled).not.toEqual([]));
  let isOver = false;
  const next = watch.next(never).finally(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  settled.at(-1)!();
  expect([...(await next)!.files.keys()]).toEqual([join(folder, "src/a.c")]);
});

test("what builds and tools make is no change", async () => {
  const made = [
    "data",
    "build",
    "target",
    ".git",
    "node_modules",
    "__pycache__",
    "zig-out",
    "dist",
    ".venv",
    "src/.cache",
  ];
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
