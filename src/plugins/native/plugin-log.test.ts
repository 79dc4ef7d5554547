import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { eventually } from "../../../test/helpers/eventually.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { CRASH_LOG_LINES_MAX, PLUGIN_LOG_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import { openPluginLog, type PluginLogOptions, pluginLogFile } from "./plugin-log.ts";
import { readPluginLog } from "./read-plugin-log.ts";
import type { LogLine } from "./waiting-lines.ts";

const pluginId = "test.plugin";
const note = (text: string): LogLine => ({ kind: "log", level: "info", text });

function opened(options: Partial<PluginLogOptions> = {}) {
  const folder = join(tempDir(), "Logs");
  const warnings: string[] = [];
  const log = openPluginLog({ folder, pluginId, warn: (text) => warnings.push(text), ...options });
  const read = () => readPluginLog({ folder: options.folder ?? folder, pluginId: options.pluginId ?? pluginId });
  return { log, folder, warnings, read, texts: async () => (await read()).map(({ text }) => text) };
}

test("nothing is made before the first line, nor by closing", async () => {
  const { log, folder } = opened();
  await log.flush();
  await log.close();
  expect(existsSync(folder)).toBe(false);
});

test("lines are kept in order, with their time and all that belongs to them", async () => {
  const { log, read } = opened();
  log.write({ kind: "log", level: "warn", text: "odd", payload: '{"a":1}', agent_id: "A" });
  log.write({ kind: "output", stream: "stderr", text: "\u001b[31mred\u001b[0m" });
  await log.close();
  expect(await read()).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      kind: "log",
      level: "warn",
      text: "odd",
      payload: '{"a":1}',
      agent_id: "A",
    },
    { time: expect.any(String), kind: "output", stream: "stderr", text: "\u001b[31mred\u001b[0m" },
  ]);
});

test("lines are written by themselves after a moment", async () => {
  const { log, folder } = opened();
  log.write(note("on its own"));
  expect(existsSync(folder)).toBe(false);
  await eventually(() => expect(readFileSync(pluginLogFile(folder, pluginId), "utf8")).toContain("on its own"));
});

test("flushSync writes at once", () => {
  const { log, folder } = opened();
  log.write(note("last words"));
  log.flushSync();
  expect(readFileSync(pluginLogFile(folder, pluginId), "utf8")).toContain("last words");
});

test("a closed log takes nothing more", async () => {
  const { log, texts } = opened();
  log.write(note("before"));
  await log.close();
  log.write(note("after"));
  log.writeLater(async () => note("later"));
  await log.close();
  expect(await texts()).toEqual(["before"]);
});

test("closing waits for a line that is still being made; one that fails is left out", async () => {
  const { log, texts } = opened();
  const { promise, resolve } = Promise.withResolvers<LogLine>();
  log.writeLater(() => promise);
  log.writeLater(() => Promise.reject(new Error("cannot be made")));
  log.writeLater(() => {
    throw new Error("cannot be made either");
  });
  const closed = log.close();
  resolve(note("made"));
  await closed;
  expect(await texts()).toEqual(["made"]);
});

test("closing at once hurries those who still make a line", async () => {
  const { log, texts } = opened();
  log.writeLater(
    (hurry) => new Promise((resolve) => hurry.addEventListener("abort", () => resolve(note("in a hurry")))),
  );
  await log.close({ atOnce: true });
  expect(await texts()).toEqual(["in a hurry"]);
});

test("a text of the greatest length is kept whole, one past that is cut", async () => {
  const { log, texts } = opened();
  log.write(note("x".repeat(PLUGIN_LOG_LINE_CHARS_MAX)));
  log.write(note("x".repeat(PLUGIN_LOG_LINE_CHARS_MAX + 1)));
  await log.close();
  const whole = "x".repeat(PLUGIN_LOG_LINE_CHARS_MAX);
  expect(await texts()).toEqual([whole, `${whole.slice(1)}…`]);
});

test("far more lines than can be written: the oldest are dropped and counted, the newest stay", async () => {
  const { log, texts } = opened();
  for (let i = 0; i < 10_001; i++) log.write(note(`line ${i}`));
  await log.close();
  const found = await texts();
  expect(found[0]).toBe("lines dropped because they came too fast: 1");
  expect(found[1]).toBe("line 1");
  expect(found.at(-1)).toBe("line 10000");
});

test("no secret of the plugin gets into its log, in whatever member it stands", async () => {
  const secret = "hunter2-hunter2";
  const { log, folder } = opened({ redactions: () => [secret] });
  log.write({ kind: "log", text: `a ${secret}`, payload: JSON.stringify({ token: secret }), agent_id: secret });
  log.write({ kind: "crash", text: secret, stack: [secret], last_lines: [`x ${secret} y`] });
  log.write(note(`${"x".repeat(PLUGIN_LOG_LINE_CHARS_MAX - 3)}${secret}`));
  await log.close();
  const text = readFileSync(pluginLogFile(folder, pluginId), "utf8");
  expect(text).toContain("x [redacted] y");
  expect(text).not.toContain("hunter2");
  expect(text).not.toMatch(/xh/);
});

test("the last lines that a crash is reported with are those that the plugin logged and printed", async () => {
  const { log } = opened();
  log.write({ kind: "load", text: "loaded" });
  for (let i = 0; i < CRASH_LOG_LINES_MAX; i++) log.write(note(`line ${i}`));
  log.write({ kind: "output", stream: "stdout", text: "printed" });
  const last = log.lastLines();
  expect(last).toHaveLength(CRASH_LOG_LINES_MAX);
  expect([last[0], last.at(-1)]).toEqual(["info line 1", "stdout printed"]);
  await log.close();
});

test("what is kept for a report is short and without secrets, however long the lines were", async () => {
  const secret = "hunter2-hunter2";
  const { log } = opened({ redactions: () => [secret] });
  const long = "x".repeat(3_000_000);
  log.write({ kind: "log", level: "info", text: `a ${secret} ${long}`, payload: `${secret}${long}` });
  log.write({ kind: "output", stream: "stdout", text: `${"x".repeat(1_000 - "stdout ".length)}` });
  log.write({ kind: "output", stream: "stdout", text: `${"x".repeat(1_001 - "stdout ".length)}` });
  const last = log.lastLines();
  expect(last.map((line) => line.length)).toEqual([1_000, 1_000, 1_000]);
  expect(last[0]).toMatch(/^info a \[redacted\] x+…$/);
  expect(last[1]).toMatch(/x$/);
  expect(last[2]).toMatch(/x…$/);
  await log.close();
});

test("the last lines of a noisy plugin do not stay in memory whole", async () => {
  const script = `
    import { openPluginLog } from ${JSON.stringify(join(import.meta.dirname, "plugin-log.ts"))};
    const used = () => { gc(); gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
    const log = openPluginLog({ folder: process.argv[1], pluginId: "test.plugin" });
    const before = used();
    for (let i = 0; i < ${CRASH_LOG_LINES_MAX}; i++) {
      log.write({ kind: "log", text: "x".repeat(3e6) + i, payload: "y".repeat(3e6) + i });
      log.flushSync();
    }
    console.log(used() - before);
    await log.close();
  `;
  const args = ["--expose-gc", "--input-type=module", "-e", script, join(tempDir(), "Logs")];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  // What was written last may still be in use.
  expect(Number(stdout)).toBeLessThan(15_000_000);
});

test("a folder that cannot be made is one warning; when it can be, the log says what is missing", async () => {
  const folder = join(tempDir(), "Logs");
  writeFileSync(folder, "no folder");
  const { log, warnings, texts } = opened({ folder });
  for (const text of ["one", "two"]) {
    log.write(note(text));
    log.flushSync();
  }
  expect(warnings).toEqual([`the log of plugin "${pluginId}" cannot be written: ENOTDIR`]);
  rmSync(folder);
  log.write(note("three"));
  await log.close();
  expect(await texts()).toEqual(["lines before this one that could not be written: 2", "three"]);
});

test("a plugin whose id is a path writes nowhere", async () => {
  const { log, folder, warnings } = opened({ pluginId: "../outside" });
  log.write(note("x"));
  await log.close();
  expect(warnings).toHaveLength(1);
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(join(folder, "../outside"))).toBe(false);
});

const WRITER = `
  import { openPluginLog } from ${JSON.stringify(join(import.meta.dirname, "plugin-log.ts"))};
  const [folder, name, bytesMax] = process.argv.slice(1);
  const log = openPluginLog({ folder, pluginId: "test.plugin", bytesMax: Number(bytesMax) });
  for (let i = 0; i < 2000; i++) {
    log.write({ kind: "log", text: name + " " + i + " " + "x".repeat(i % 50) });
    if (i % 20 === 0) log.flushSync();
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await log.close();
`;

async function twoWriters(folder: string, bytesMax: number): Promise<void> {
  const run = promisify(execFile);
  const args = (name: string) => ["--input-type=module", "-e", WRITER, folder, name, String(bytesMax)];
  await Promise.all(["a", "b"].map((name) => run(process.execPath, args(name))));
}

test("two processes that write at the same time lose and mix nothing", async () => {
  const { folder } = opened();
  await twoWriters(folder, 10_000_000);
  const lines = readFileSync(pluginLogFile(folder, pluginId), "utf8").trimEnd().split("\n");
  const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text);
  for (const name of ["a", "b"]) {
    const numbers = texts.filter((text) => text.startsWith(name)).map((text) => Number(text.split(" ")[1]));
    expect(numbers).toEqual(Array.from({ length: 2000 }, (_, index) => index));
  }
});

test("when two processes fill file after file, what is left is whole lines in order, and nothing else lies around", async () => {
  const { folder } = opened();
  await twoWriters(folder, 100_000);
  expect(readdirSync(join(folder, pluginId)).sort()).toEqual(["log.1.jsonl", "log.jsonl"]);
  const texts = ["log.1.jsonl", "log.jsonl"].flatMap((name) =>
    readFileSync(join(folder, pluginId, name), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { text: string }).text),
  );
  // Full files only are put aside: both together hold more than one file does.
  expect(texts.join("\n").length).toBeGreaterThan(50_000);
  for (const name of ["a", "b"]) {
    const numbers = texts.filter((text) => text.startsWith(name)).map((text) => Number(text.split(" ")[1]));
    // Nothing missing in between: from the first line that is left, each number follows the one before.
    if (numbers.length > 0) expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  }
  expect(texts.some((text) => text.startsWith("a 1999 ") || text.startsWith("b 1999 "))).toBe(true);
});

test("on a full disk the log warns once, and what fits is whole lines", async () => {
  const { folder } = opened();
  const script = `
    import { openPluginLog } from ${JSON.stringify(join(import.meta.dirname, "plugin-log.ts"))};
    const log = openPluginLog({ folder: process.argv[1], pluginId: "test.plugin", warn: (text) => console.log(text) });
    for (let i = 0; i < 100; i++) {
      log.write({ kind: "log", text: "line " + i });
      log.flushSync();
    }
    await log.close();
  `;
  // Files of this process may not grow beyond a few blocks: a write that does is cut short, the next one fails.
  const limited = 'trap "" XFSZ; ulimit -f 2; exec "$@"';
  const args = ["-c", limited, "sh", process.execPath, "--input-type=module", "-e", script, folder];
  const { stdout } = await promisify(execFile)("sh", args);
  expect(stdout).toBe('the log of plugin "test.plugin" cannot be written: EFBIG\n');
  const texts = (await readPluginLog({ folder, pluginId })).map(({ text }) => text);
  expect(texts.length).toBeGreaterThan(5);
  expect(texts).toEqual(texts.map((_, index) => `line ${index}`));
});

test("what is called a credential is hidden in every text of a line, and in the last lines for a crash", async () => {
  const { log, read } = opened();
  log.write({ kind: "log", level: "info", text: "password=hunter2 x", payload: '{"api_key":"k-1"}' });
  log.write({ kind: "output", stream: "stdout", text: "Authorization: Bearer abc" });
  log.write({ kind: "log", level: "info", text: "the token is refreshed" });
  const last = log.lastLines();
  await log.close();
  expect(await read()).toMatchObject([
    { text: "password=[redacted] x", payload: '{"api_key":"[redacted]"}' },
    { text: "Authorization: [redacted]" },
    { text: "the token is refreshed" },
  ]);
  expect(last).toEqual([
    'info password=[redacted] x {"api_key":"[redacted]"}',
    "stdout Authorization: [redacted]",
    "info the token is refreshed",
  ]);
});
