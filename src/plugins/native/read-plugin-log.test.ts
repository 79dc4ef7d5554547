import { appendFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../../../test/helpers/eventually.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { olderFile } from "./append-lines.ts";
import { openPluginLog, pluginLogFile } from "./plugin-log.ts";
import { type FollowOptions, followPluginLog, readPluginLog } from "./read-plugin-log.ts";

const pluginId = "test.plugin";

function place() {
  const folder = tempDir();
  const path = pluginLogFile(folder, pluginId);
  mkdirSync(dirname(path), { recursive: true });
  return { folder, path };
}

const line = (text: string, more: object = {}) =>
  `${JSON.stringify({ time: "2026-01-01T00:00:00.000Z", kind: "log", text, ...more })}\n`;

const texts = async (folder: string, query: object = {}) =>
  (await readPluginLog({ folder, pluginId, ...query })).map(({ text }) => text);

test("a plugin without a log has no lines", async () => {
  expect(await texts(tempDir())).toEqual([]);
});

test("the file that was put aside comes before the one in use, and the last lines are of both", async () => {
  const { folder, path } = place();
  writeFileSync(olderFile(path), line("1") + line("2"));
  writeFileSync(path, line("3"));
  expect(await texts(folder)).toEqual(["1", "2", "3"]);
  expect(await texts(folder, { lines: 2 })).toEqual(["2", "3"]);
  expect(await texts(folder, { lines: 0 })).toEqual([]);
});

test("what is no line of a log is left out", async () => {
  const { folder, path } = place();
  const wrong = ["{", "[]", "null", '{"time":"now","kind":"log","text":""}', '{"text":"x"}', "", "\u0000\u0001"];
  writeFileSync(path, `${line("good")}${wrong.join("\n")}\n${line("good too")}{"time":"2026-01-01T00:00:00.0`);
  expect(await texts(folder)).toEqual(["good", "good too"]);
});

test("a line without an end does not fill the memory, and the next one counts again", async () => {
  const { folder, path } = place();
  writeFileSync(path, `${line("before")}${"x".repeat(3_000_000)}\n${line("after")}`);
  expect(await texts(folder)).toEqual(["before", "after"]);
});

test("a link and a folder in the place of the log are not read", async () => {
  const { folder, path } = place();
  writeFileSync(join(folder, "other"), line("of somebody else"));
  symlinkSync(join(folder, "other"), path);
  await expect(texts(folder)).rejects.toThrow(/ELOOP/);
  mkdirSync(olderFile(path));
});

test("lines can be chosen by level, and crashes alone", async () => {
  const { folder, path } = place();
  const all = ["trace", "debug", "info", "warn", "error"].map((level) => line(level, { level }));
  writeFileSync(path, `${all.join("")}${line("printed", { kind: "output" })}${line("crashed", { kind: "crash" })}`);
  expect(await texts(folder, { level: "warn" })).toEqual(["warn", "error", "crashed"]);
  expect(await texts(folder, { level: "info" })).toEqual(["info", "warn", "error", "printed", "crashed"]);
  expect(await texts(folder, { crashes: true })).toEqual(["crashed"]);
  expect(await texts(folder, { level: "error", lines: 1 })).toEqual(["crashed"]);
});

test("a report that took a while to make stands where the crash was", async () => {
  const { folder, path } = place();
  writeFileSync(path, line("restart", { time: "2026-01-01T00:00:00.500Z" }) + line("crash"));
  expect(await texts(folder)).toEqual(["crash", "restart"]);
});

/** Follows until the test ends. */
function follow(folder: string, query: Partial<FollowOptions> = {}) {
  const got: string[] = [];
  const end = new AbortController();
  const onRecord: FollowOptions["onRecord"] = ({ text }) => got.push(text);
  const followed = followPluginLog({ folder, pluginId, signal: end.signal, onRecord, ...query });
  onTestFinished(async () => {
    end.abort();
    await followed;
  });
  return got;
}

const until = (got: string[], wanted: string[]) => vi.waitFor(() => expect(got).toEqual(wanted), { timeout: 10_000 });

test("following gives the last lines and each that is written after", async () => {
  const { folder, path } = place();
  writeFileSync(olderFile(path), line("1") + line("2"));
  writeFileSync(path, line("3"));
  const got = follow(folder, { lines: 2 });
  await until(got, ["2", "3"]);
  appendFileSync(path, line("4").slice(0, 20));
  appendFileSync(path, line("4").slice(20) + line("5"));
  await until(got, ["2", "3", "4", "5"]);
});

test("following waits for a log that is not there yet", async () => {
  const folder = tempDir();
  const got = follow(folder);
  const log = openPluginLog({ folder, pluginId });
  log.write({ kind: "log", text: "first" });
  await log.close();
  await until(got, ["first"]);
});

test("following goes on when the file is put aside, and gives what was written to it last", async () => {
  const { folder, path } = place();
  writeFileSync(path, line("1"));
  const got = follow(folder);
  await until(got, ["1"]);
  renameSync(path, olderFile(path));
  appendFileSync(olderFile(path), line("2"));
  writeFileSync(path, line("3"));
  await until(got, ["1", "2", "3"]);
  // A process that had the old file open still.
  appendFileSync(olderFile(path), line("4"));
  appendFileSync(path, line("5"));
  await eventually(() => expect(got).toContain("5"));
  expect(got.slice(3).sort()).toEqual(["4", "5"]);
});

test("following a plugin that fills file after file misses nothing", async () => {
  const folder = tempDir();
  const log = openPluginLog({ folder, pluginId, bytesMax: 4_000 });
  const got = follow(folder);
  const wanted: string[] = [];
  for (let i = 0; i < 200; i++) {
    wanted.push(`line ${i}`);
    log.write({ kind: "log", text: `line ${i}` });
    log.flushSync();
    // About as fast as the reader looks.
    if (i % 20 === 19) await until(got, wanted);
  }
  await log.close();
  await until(got, wanted);
});
