import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { SAVED_SETTINGS_BYTES_MAX } from "../protocol/limits.ts";
import { followSettings, signalSetting } from "./follow-settings.ts";

const ME = "me";
const AGENT = "A";

/** Follows a folder; `settle` gives the keys that were told so far, once all that was there before is. */
function follow(tools = tempDir()) {
  const keys: string[] = [];
  const following = followSettings(tools, ME, ({ key, savedAt }) => {
    expect(savedAt).toBeGreaterThan(0);
    keys.push(key);
  });
  onTestFinished(() => following?.stop());
  const signal = (key: string, from = "other") => signalSetting(tools, from, { pluginId: "p", agentId: AGENT, key });
  let marks = 0;
  const settle = async () => {
    const mark = `mark ${marks++}`;
    signal(mark);
    await expect.poll(() => keys.includes(mark)).toBe(true);
    return keys.filter((key) => !key.startsWith("mark "));
  };
  return { tools, signal, settle };
}

test("each setting that others saved is told once, in the order in which they were saved last; one's own are not", async () => {
  const { signal, settle } = follow();
  for (const key of ["a", "b", "a"]) expect(signal(key)).toBe(true);
  signal("mine", ME);
  expect(await settle()).toEqual(["b", "a"]);
  signal("a");
  expect(await settle()).toEqual(["b", "a", "a"]);
});

test("keys of any characters arrive as they are", async () => {
  const { signal, settle } = follow();
  const keys = ["a\nb", "a\tb", '"]', "../x", "\u001b[2J", "k".repeat(4096)];
  for (const key of keys) signal(key);
  expect(await settle()).toEqual(keys);
});

test("what was saved before is no news", async () => {
  const tools = tempDir();
  signalSetting(tools, "other", { pluginId: "p", agentId: AGENT, key: "before" });
  const { settle } = follow(tools);
  expect(await settle()).toEqual([]);
});

test("lines that are none tell of nothing", async () => {
  const { tools, settle } = follow();
  const lines = [
    "",
    "x",
    "null",
    "[]",
    '["p","A",1,"other",2]',
    '["p","A","k","other"]',
    '{"0":"p"}',
    "[".repeat(50_000),
  ];
  writeFileSync(join(tools, ".settings"), `${lines.join("\n")}\n`);
  expect(await settle()).toEqual([]);
});

test("none is lost when the file is full, and what is left is bounded and private", async () => {
  const { tools, signal, settle } = follow();
  // More than a file holds, less than two, while nobody looks.
  const keys = Array.from({ length: 1_500 }, (_, index) => `a key of some length ${index}`);
  for (const key of keys) signal(key);
  expect(await settle()).toEqual(keys);
  expect(readdirSync(tools).sort()).toEqual([".settings", ".settings.1"]);
  for (const name of readdirSync(tools)) {
    const { size, mode } = statSync(join(tools, name));
    expect(size).toBeLessThanOrEqual(SAVED_SETTINGS_BYTES_MAX);
    expect(mode & 0o077).toBe(0);
    expect(readFileSync(join(tools, name), "utf8")).toMatch(/^\["p","A",/);
  }
});

test("where nothing can be written, the answer is no and nothing is thrown", () => {
  const tools = tempDir();
  mkdirSync(join(tools, ".settings"));
  const name = { pluginId: "p", agentId: AGENT, key: "k" };
  expect(signalSetting(tools, ME, name)).toBe(false);
  writeFileSync(join(tools, "file"), "");
  expect(signalSetting(join(tools, "file"), ME, name)).toBe(false);
  expect(followSettings(join(tools, "file"), ME, () => {})).toBeUndefined();
});
