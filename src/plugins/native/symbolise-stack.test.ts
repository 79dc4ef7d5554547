// With the real tools where they are installed, and with programs in their place that misbehave.

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nativeFixture } from "../../../test/helpers/native-plugins.ts";
import { untilGone } from "../../../test/helpers/processes.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import type { StackFrame } from "./parse-stack.ts";
import { symboliseStack } from "./symbolise-stack.ts";

const library = nativeFixture("crashes-deep-inside");
const folders = (process.env["PATH"] ?? "").split(":");
const find = (tool: string) => folders.map((folder) => join(folder, tool)).find((path) => existsSync(path));

/** Where a function begins in the fixture, by its table of symbols. */
function addressOf(name: string): bigint {
  const line = execFileSync(find("nm") ?? "", [library], { encoding: "utf8" })
    .split("\n")
    .find((one) => one.endsWith(` ${name}`));
  return BigInt(`0x${line!.split(" ")[0]}`);
}

const START = 0x7f0000000000n;

function frameIn(file: string, offset: bigint, more: Partial<StackFrame> = {}): StackFrame {
  return { file, symbol: undefined, offset, address: START + offset, isReturn: false, ...more };
}

/** A folder with a program that takes the place of `addr2line`. */
function fakeTool(script: string): string {
  const folder = tempDir();
  writeFileSync(join(folder, "addr2line"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "addr2line"), 0o755);
  return folder;
}

test.each(["addr2line", "llvm-symbolizer"])("%s names a function that the library does not export", async (tool) => {
  const program = find(tool);
  if (program === undefined) return;
  const path = tempDir();
  symlinkSync(program, join(path, tool));
  const frames = [frameIn("/proc/self/fd/4", addressOf("write_the_total")), frameIn("/lib/libc.so.6", 0x10n)];
  const stack = await symboliseStack(frames, { library, path });
  expect(stack[0]).toMatch(
    /^#0 write_the_total at crashes-deep-inside\.c:\d+ \[crashes-deep-inside\.so\(\+0x[0-9a-f]+\)\]$/,
  );
  expect(stack[1]).toBe("#1 libc.so.6(+0x10)");
});

test.runIf(find("addr2line"))("a return address is looked up where the call is, not behind it", async () => {
  const path = process.env["PATH"];
  const start = addressOf("write_the_total");
  const [behind] = await symboliseStack([frameIn(library, start, { isReturn: true })], { library, path });
  expect(behind).not.toContain("write_the_total");
});

test.runIf(find("addr2line"))(
  "an exported function has its line too, whether its place in the file is known or not",
  async () => {
    const path = process.env["PATH"];
    const symbol = "osaurus_plugin_entry_v2";
    const exported = frameIn(library, 4n, { symbol, address: START + addressOf(symbol) + 4n });
    const [alone] = await symboliseStack([exported], { library, path });
    const both = await symboliseStack([exported, frameIn(library, addressOf("write_the_total"))], { library, path });
    expect(alone).toMatch(/^#0 osaurus_plugin_entry_v2 at crashes-deep-inside\.c:\d+ /);
    expect(both[0]).toBe(alone);
  },
);

test("without any tool the addresses stay", async () => {
  const stack = await symboliseStack([frameIn("/proc/self/fd/4", 0x1234n)], { library, path: tempDir() });
  expect(stack).toEqual(["#0 crashes-deep-inside.so(+0x1234)"]);
});

test("no file but the library is ever given to a tool, whatever the stack says", async () => {
  const said = join(tempDir(), "said");
  const path = fakeTool(`echo "$@" >> ${said}`);
  const files = ["/etc/passwd", library, "/home/user/secret.so"];
  const frames = files.map((file, index) => frameIn(file, BigInt(index + 1)));
  await symboliseStack(frames, { library, path: `${path}:/bin` });
  expect(readFileSync(said, "utf8")).toBe(`-a -f -C -i -e ${library} 0x2\n`);
});

test("a function's name cannot pass for an option of the tool", async () => {
  const said = join(tempDir(), "said");
  const path = fakeTool(`echo "$@" >> ${said}`);
  const frame = frameIn(library, 1n, { symbol: "--exe=/etc/passwd" });
  expect(await symboliseStack([frame], { library, path: `${path}:/bin` })).toHaveLength(1);
  expect(existsSync(said)).toBe(false);
});

test("a tool gets nothing of the environment but where programs are", async () => {
  const said = join(tempDir(), "said");
  const path = `${fakeTool(`env > ${said}`)}:/usr/bin:/bin`;
  process.env["DEBUGINFOD_URLS"] = "https://debug.example";
  await symboliseStack([frameIn(library, 1n)], { library, path }).finally(() => delete process.env["DEBUGINFOD_URLS"]);
  const names = readFileSync(said, "utf8")
    .split("\n")
    .map((line) => line.split("=")[0]);
  expect(names).toContain("LC_ALL");
  expect(names).not.toContain("DEBUGINFOD_URLS");
});

test("a tool that answers something else than was asked is not believed", async () => {
  const path = fakeTool("echo 0x1; echo one; echo a.c:1; echo 0x2; echo two; echo b.c:2");
  expect(await symboliseStack([frameIn(library, 1n)], { library, path: `${path}:/bin` })).toEqual([
    "#0 crashes-deep-inside.so(+0x1)",
  ]);
});

test("a tool that never stops printing is ended", async () => {
  const path = fakeTool("echo 0x1; while :; do echo again and again and again and again and again and again; done");
  const stack = await symboliseStack([frameIn(library, 1n)], { library, path: `${path}:/bin` });
  expect(stack).toEqual(["#0 crashes-deep-inside.so(+0x1)"]);
});

test("a tool that hangs is ended when its time is up, and when nobody can wait any longer", async () => {
  const pidFile = join(tempDir(), "pid");
  const path = `${fakeTool(`echo $$ > ${pidFile}; exec sleep 600`)}:/usr/bin:/bin`;
  const frames = [frameIn(library, 1n)];
  expect(await symboliseStack(frames, { library, path })).toEqual(["#0 crashes-deep-inside.so(+0x1)"]);
  await untilGone(Number(readFileSync(pidFile, "utf8")));
  const stopped = AbortSignal.abort();
  expect(await symboliseStack(frames, { library, path, signal: stopped })).toHaveLength(1);
});

test("functions that were built into others are shown one by one, and not without end", async () => {
  const inlined = Array.from({ length: 40 }, (_, index) => `echo f${index}; echo a.c:${index + 1}`).join("; ");
  const path = fakeTool(`echo 0x1; ${inlined}`);
  const stack = await symboliseStack([frameIn(library, 1n)], { library, path: `${path}:/bin` });
  expect(stack).toHaveLength(16);
  expect(stack[1]).toBe("#1 f1 at a.c:2 [crashes-deep-inside.so(+0x1)]");
});
