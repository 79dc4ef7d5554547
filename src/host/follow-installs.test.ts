import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { followInstalls, signalReload } from "./follow-installs.ts";

const ME = "me";

/** Follows a folder; `served` are the reloads so far, `all` those of everything. `end` resolves when nothing is left to do. */
function follow(tools = tempDir(), reload: (id: string | undefined) => Promise<void> = async () => undefined) {
  const served: string[] = [];
  let caughtUp = 0;
  const following = followInstalls(tools, ME, {
    catchUp: async () => void caughtUp++,
    reload: async (id) => {
      served.push(id ?? "all");
      await reload(id);
    },
  });
  onTestFinished(() => following?.stop());
  let marks = 0;
  /** What was asked for before is served by the time that this wish is. */
  const settle = async () => {
    const mark = `mark.${marks++}`;
    signalReload(tools, "marker", mark);
    await expect.poll(() => served.includes(mark) || served.includes("all")).toBe(true);
    return served.filter((id) => !id.startsWith("mark."));
  };
  return { tools, served, settle, caughtUp: () => caughtUp };
}

test("wishes that come at the same moment are all served, each plugin once", async () => {
  const { tools, settle } = follow();
  for (const id of ["a.one", "a.two", "a.one"]) expect(signalReload(tools, "other", id)).toBe(true);
  expect(await settle()).toEqual(["a.one", "a.two"]);
});

test("one's own wish is skipped, and hides none of another's", async () => {
  const { tools, settle } = follow();
  signalReload(tools, "other", "a.one");
  signalReload(tools, ME, "a.two");
  expect(await settle()).toEqual(["a.one"]);
});

test("a wish for all is one reload of all, whatever else is wished for", async () => {
  const { tools, served, settle } = follow();
  signalReload(tools, "other", "a.one");
  signalReload(tools, "other", undefined);
  await settle();
  expect(served).toEqual(["all"]);
});

test("wishes from before are not served, later ones are served once", async () => {
  const tools = tempDir();
  signalReload(tools, "other", "a.before");
  const { settle } = follow(tools);
  signalReload(tools, "other", "a.one");
  await settle();
  signalReload(tools, "other", "a.two");
  expect(await settle()).toEqual(["a.one", "a.two"]);
});

test("a change is caught up with, also when a reload of one plugin is wished for at the same moment", async () => {
  const { tools, settle, caughtUp } = follow();
  writeFileSync(join(tools, ".changed"), "one");
  signalReload(tools, "other", "a.one");
  expect(await settle()).toEqual(["a.one"]);
  await expect.poll(caughtUp).toBeGreaterThan(0);
});

test("a wish that is written in two halves is served when it is whole", async () => {
  const { tools, settle } = follow();
  await settle();
  const path = join(tools, ".reload");
  const before = readFileSync(path, "utf8");
  writeFileSync(path, `${before}a.o`, { flag: "r+" });
  writeFileSync(path, "ne\tother\t1\n", { flag: "a" });
  expect(await settle()).toEqual(["a.one"]);
});

test("a file that was emptied is read from its start", async () => {
  const { tools, settle } = follow();
  signalReload(tools, "other", `a.${"long".repeat(50)}`);
  await settle();
  writeFileSync(join(tools, ".reload"), "a.one\tother\t1\n");
  expect((await settle()).slice(1)).toEqual(["a.one"]);
});

test("no wish is lost when the file is full, and what is left is bounded", async () => {
  const { tools, settle } = follow();
  const wanted: string[] = [];
  // More than a file holds, less than two, while nobody looks.
  for (let i = 0; i < 1_500; i++) {
    wanted.push(`a.plugin-with-a-name-of-some-length-${i}`);
    signalReload(tools, "other", wanted[i]!);
  }
  expect((await settle()).sort()).toEqual([...wanted].sort());
  expect(readdirSync(tools).sort()).toEqual([".reload", ".reload.1"]);
  for (const name of readdirSync(tools)) expect(statSync(join(tools, name)).size).toBeLessThanOrEqual(64 * 1024);
});

test("lines that are none, and names that no plugin has, ask for nothing", async () => {
  const { tools, settle } = follow();
  writeFileSync(join(tools, ".reload"), "\n\t\nx\n\u0000\na.b\tother\n");
  for (const id of ["", "a\nb", "a\tb", "../a", "x".repeat(300)]) expect(signalReload(tools, "other", id)).toBe(true);
  expect(await settle()).toEqual([]);
});

test("a reload that fails keeps the next ones from nothing", async () => {
  const { tools, settle } = follow(undefined, () => Promise.reject(new Error("does not come up")));
  signalReload(tools, "other", "a.one");
  signalReload(tools, "other", "a.two");
  expect(await settle()).toEqual(["a.one", "a.two"]);
});

test("where nothing can be written, the answer is no and nothing is thrown", () => {
  const tools = tempDir();
  mkdirSync(join(tools, ".reload"));
  expect(signalReload(tools, ME, "a.one")).toBe(false);
  writeFileSync(join(tools, "file"), "");
  expect(signalReload(join(tools, "file"), ME, undefined)).toBe(false);
});
