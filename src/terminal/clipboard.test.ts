import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { untilGone, untilLine } from "../../test/helpers/processes.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { CLIPBOARD_BYTES_MAX, CLIPBOARD_MS_MAX, CLIPBOARD_TERMINAL_BYTES_MAX } from "../protocol/limits.ts";
import { copyText } from "./clipboard.ts";

function at({ isTerminal = false, env = {} as Record<string, string> } = {}) {
  const stop = new AbortController();
  const io = { stdout: recordedOutput({ isTerminal }), stderr: recordedOutput(), env, signal: stop.signal };
  return { io, stop };
}

const NONE = { problem: "neither the terminal nor a program (pbcopy, wl-copy, xclip, xsel) took it" };
const order = (text: string) => `\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`;

describe("a terminal", () => {
  test("is told to copy, and gets the text in a form that holds no order", async () => {
    const { io } = at({ isTerminal: true });
    expect(await copyText(io, "käse\u001b[2J")).toEqual({ ok: true });
    expect(io.stdout.text).toBe(order("käse\u001b[2J"));
    expect(io.stdout.text.slice(7, -1)).toMatch(/^[A-Za-z0-9+/=]*$/);
  });

  test("that only stderr leads to will do; stdout gets nothing then", async () => {
    const { io } = at();
    const stderr = recordedOutput({ isTerminal: true });
    expect(await copyText({ ...io, stderr }, "x")).toEqual({ ok: true });
    expect([io.stdout.text, stderr.text]).toEqual(["", order("x")]);
  });

  test("inside of another gets it wrapped", async () => {
    const tmux = at({ isTerminal: true, env: { TMUX: "x" } }).io;
    await copyText(tmux, "x");
    expect(tmux.stdout.text).toBe(`\u001bPtmux;\u001b${order("x")}\u001b\\${order("x")}`);
    const screen = at({ isTerminal: true, env: { STY: "1.x" } }).io;
    const text = "long ".repeat(200);
    await copyText(screen, text);
    const pieces = screen.stdout.text.split("\u001b\\").filter((piece) => piece !== "");
    expect(pieces.every((piece) => piece.startsWith("\u001bP") && piece.length < 250)).toBe(true);
    expect(pieces.map((piece) => piece.slice(2)).join("")).toBe(order(text));
  });

  test("is not told where that is off, for a dumb one, and for too much", async () => {
    const PATH = tempDir();
    for (const OSC52 of ["0", "false", "OFF"]) {
      const { io } = at({ isTerminal: true, env: { OSC52, PATH } });
      expect([await copyText(io, "x"), io.stdout.text]).toEqual([NONE, ""]);
    }
    const dumb = at({ isTerminal: true, env: { TERM: "dumb", PATH } }).io;
    expect([await copyText(dumb, "x"), dumb.stdout.text]).toEqual([NONE, ""]);
    const small = at({ isTerminal: true, env: { OSC52_MAX_BYTES: "3", PATH } }).io;
    expect(await copyText(small, "abc")).toEqual({ ok: true });
    const { length } = small.stdout.text;
    expect(await copyText(small, "äb1")).toEqual({ problem: expect.stringContaining("4 bytes are more than the 3") });
    expect(small.stdout.text).toHaveLength(length);
    const usual = at({ isTerminal: true, env: { PATH, OSC52_MAX_BYTES: "many" } }).io;
    expect(await copyText(usual, "x".repeat(CLIPBOARD_TERMINAL_BYTES_MAX))).toEqual({ ok: true });
    expect(await copyText(usual, "x".repeat(CLIPBOARD_TERMINAL_BYTES_MAX + 1))).toHaveProperty("problem");
  });
});

/** A folder of programs, each a line of shell. */
function programs(lines: Readonly<Record<string, string>>): Record<string, string> {
  const folder = tempDir();
  for (const [name, line] of Object.entries(lines)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${line}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: folder, FOLDER: folder };
}

describe("without a terminal", () => {
  test("the first program that works takes the text, with its own arguments", async () => {
    const env = programs({
      "wl-copy": "exit 1",
      xclip: 'echo "$*" > "$FOLDER/args"; cat > "$FOLDER/got"',
      xsel: 'cat > "$FOLDER/wrong"',
    });
    expect(await copyText(at({ env }).io, "käse\n")).toEqual(NONE);
    expect(await copyText(at({ env: { ...env, DISPLAY: ":0", WAYLAND_DISPLAY: "w" } }).io, "käse\n")).toEqual({
      ok: true,
    });
    expect(readFileSync(join(env["FOLDER"]!, "got"), "utf8")).toBe("käse\n");
    expect(readFileSync(join(env["FOLDER"]!, "args"), "utf8")).toBe("-selection clipboard\n");
    expect(existsSync(join(env["FOLDER"]!, "wrong"))).toBe(false);
  });

  test("a program that ends without reading is no trouble", async () => {
    const env = programs({ pbcopy: "exit 0" });
    expect(await copyText(at({ env }).io, "x".repeat(300_000))).toEqual({ ok: true });
  });

  test("a program that hangs is ended at its time with all that it started, and by an interrupt", async () => {
    const env = programs({
      pbcopy: 'sleep 600 & echo $! > "$FOLDER/pid"; wait',
    });
    const { io, stop } = at({ env });
    const copied = copyText(io, "x");
    const helper = Number(await untilLine(join(env["FOLDER"]!, "pid")));
    stop.abort();
    expect(await copied).toEqual(NONE);
    await untilGone(helper);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const late = copyText(at({ env: programs({ pbcopy: "sleep 600" }) }).io, "x");
      vi.advanceTimersByTime(CLIPBOARD_MS_MAX);
      expect(await late).toEqual(NONE);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("more than the limit is refused before anything is started", async () => {
    const env = programs({ pbcopy: "cat > /dev/null" });
    expect(await copyText(at({ env }).io, "x".repeat(CLIPBOARD_BYTES_MAX))).toEqual({ ok: true });
    const { problem } = await copyText(at({ env }).io, "x".repeat(CLIPBOARD_BYTES_MAX + 1));
    expect(problem).toContain("too much");
  });
});
