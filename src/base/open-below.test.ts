import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { FILE_PATH_LINKS_MAX } from "../protocol/limits.ts";
import { holdFolder, namesBelow, openFileBelow, openFolderBelow } from "./open-below.ts";

/** A folder with one in it, each with a file, and a file beside it. */
async function tree() {
  const home = tempDir();
  const top = join(home, "top");
  mkdirSync(join(top, "sub"), { recursive: true });
  writeFileSync(join(home, "outside"), "outside");
  writeFileSync(join(top, "a"), "inside");
  writeFileSync(join(top, "sub/b"), "inside");
  const root = await holdFolder(top);
  onTestFinished(async () => await root.handle.close());
  const below = { root, knownAs: [top] };
  const opened = async (kind: "file" | "folder", ...names: string[]) => {
    const { handle, path, links } = await (kind === "file" ? openFileBelow : openFolderBelow)(below, names);
    await handle.close();
    return { path, links };
  };
  return { home, top, root, opened };
}

test("files and folders are opened, and it is told where they lie and how many links led there", async () => {
  const { top, opened } = await tree();
  symlinkSync("sub", join(top, "link"));
  symlinkSync("link/b", join(top, "link-to-file"));
  expect(await opened("file", "sub", "b")).toEqual({ path: join(top, "sub/b"), links: 0 });
  expect(await opened("file", "link", "b")).toEqual({ path: join(top, "sub/b"), links: 1 });
  expect(await opened("file", "link-to-file")).toEqual({ path: join(top, "sub/b"), links: 2 });
  expect(await opened("folder", "sub")).toEqual({ path: join(top, "sub"), links: 0 });
  expect(await opened("folder", "link", ".")).toEqual({ path: join(top, "sub"), links: 1 });
  expect(await opened("folder")).toEqual({ path: top, links: 0 });
});

test("each way to nothing has its name", async () => {
  const { home, top, opened } = await tree();
  execFileSync("mkfifo", [join(top, "pipe")]);
  symlinkSync("circle", join(top, "circle"));
  symlinkSync("../outside", join(top, "out"));
  symlinkSync(home, join(top, "out-folder"));
  for (const [code, kind, ...names] of [
    ["outside", "file", ".."],
    ["outside", "file", "sub", "..", "a"],
    ["outside", "file", "out"],
    ["outside", "file", "out-folder", "nothing"],
    ["outside", "folder", "out-folder"],
    ["missing", "file", "nothing"],
    ["missing", "file", "a", "b"],
    ["missing", "file", "a", "."],
    ["missing", "file", "x".repeat(300)],
    ["missing", "folder", "a"],
    ["folder", "file", "sub"],
    ["folder", "file"],
    ["irregular", "file", "pipe"],
    ["links", "file", "circle"],
  ] as const) {
    await expect(opened(kind, ...names), names.join("/")).rejects.toMatchObject({ code });
  }
});

test("a way has as many links as it may, and one more does not open", async () => {
  const { top, opened } = await tree();
  for (let at = 1; at <= FILE_PATH_LINKS_MAX + 1; at++)
    symlinkSync(at === 1 ? "a" : `link-${at - 1}`, join(top, `link-${at}`));
  expect(await opened("file", `link-${FILE_PATH_LINKS_MAX}`)).toEqual({
    path: join(top, "a"),
    links: FILE_PATH_LINKS_MAX,
  });
  await expect(opened("file", `link-${FILE_PATH_LINKS_MAX + 1}`)).rejects.toMatchObject({ code: "links" });
});

test("what was opened as the root stays it, wherever it is moved to and whatever takes its place", async () => {
  const { home, top, opened } = await tree();
  renameSync(top, join(home, "moved"));
  mkdirSync(top);
  writeFileSync(join(top, "new"), "");
  if (process.platform === "linux") expect(await opened("file", "sub", "b")).toMatchObject({ links: 0 });
  await expect(opened("file", "new")).rejects.toMatchObject({ code: "missing" });
});

test.runIf(process.platform === "linux")("nothing is left open, whether something was found or not", async () => {
  const { top, opened } = await tree();
  symlinkSync("sub/b", join(top, "link"));
  symlinkSync("circle", join(top, "circle"));
  const count = () => readdirSync("/proc/self/fd").length;
  const before = count();
  await opened("file", "link");
  await opened("folder", "sub");
  for (const names of [["circle"], ["sub", "nothing"], ["sub"], [".."]]) {
    await expect(opened("file", ...names)).rejects.toThrow();
  }
  expect(count()).toBe(before);
});

test("names below a folder are those behind its path, at a boundary", () => {
  expect(namesBelow(["/a/b"], "/a/b/c/d")).toEqual(["c", "d"]);
  expect(namesBelow(["/a/b"], "/a/b")).toEqual([]);
  expect(namesBelow(["/a/b", "/x"], "/x/y")).toEqual(["y"]);
  expect(namesBelow(["/"], "/x")).toEqual(["x"]);
  expect(namesBelow(["/a/b"], "/a/bc")).toBeUndefined();
  expect(namesBelow([], "/a")).toBeUndefined();
});
