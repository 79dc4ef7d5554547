import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { printPaged } from "./pager.ts";

describe("long output", () => {
  const lines = (count: number) => "x\n".repeat(count);

  async function paged(text: string, { json = false, pager = "auto" as "auto" | "never", env = {}, ...more } = {}) {
    const {
      isTerminal = true,
      rows = 5,
      shows = true,
    } = more as { isTerminal?: boolean; rows?: number; shows?: boolean };
    const stdout = recordedOutput({ isTerminal, rows });
    const commands: string[] = [];
    const page = async (_text: string, command: string) => {
      commands.push(command);
      return shows;
    };
    await printPaged({ stdout, env, page }, text, { json, pager });
    return { commands, printed: stdout.text };
  }

  test("goes through the pager when it is higher than the terminal, by the user's command or less", async () => {
    expect(await paged(lines(6))).toEqual({ commands: ["less -RFX"], printed: "" });
    expect(await paged(lines(6), { env: { PAGER: "more -d" } })).toEqual({ commands: ["more -d"], printed: "" });
    expect((await paged(`${lines(5)}no line break`)).commands).toHaveLength(1);
  });

  test("is printed when it fits, is JSON, is for a program, or when there is to be no pager", async () => {
    const direct = { commands: [], printed: lines(6) };
    expect(await paged(lines(5))).toEqual({ commands: [], printed: lines(5) });
    expect(await paged(lines(6), { json: true })).toEqual(direct);
    expect(await paged(lines(6), { isTerminal: false } as object)).toEqual(direct);
    expect(await paged(lines(6), { pager: "never" })).toEqual(direct);
    expect(await paged(lines(6), { env: { PAGER: " " } })).toEqual(direct);
    expect(await paged(lines(6), { rows: 0 } as object)).toEqual(direct);
  });

  test("is printed after all when the pager did not show it, or when there is none to ask", async () => {
    expect(await paged(lines(6), { shows: false } as object)).toEqual({ commands: ["less -RFX"], printed: lines(6) });
    const stdout = recordedOutput({ isTerminal: true, rows: 5 });
    await printPaged({ stdout }, lines(6), { json: false, pager: "auto" });
    expect(stdout.text).toBe(lines(6));
  });
});

const FIXTURES = join(import.meta.dirname, "../../test/fixtures/terminal");

/** Runs the fixture program on a pseudo-terminal; gives its exit status and all that the screen got. */
async function onTerminal(pager: string | undefined, { lines = 50, env = {} } = {}) {
  const { LINES: _lines, COLUMNS: _columns, LESS: _less, PAGER: _pager, ...rest } = process.env;
  const args = [
    join(FIXTURES, "on-a-terminal.py"),
    process.execPath,
    join(FIXTURES, "prints-pages.mjs"),
    String(lines),
  ];
  const child = spawn("python3", args, {
    env: { ...rest, TERM: "xterm", LESSHISTFILE: "-", ...(pager === undefined ? {} : { PAGER: pager }), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const got = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      got[name] += text;
    });
  }
  const [status] = await once(child, "close");
  expect(got.stderr).toBe("");
  return { status, screen: got.stdout.replaceAll("\r\n", "\n") };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`).join("");

describe("on a real terminal", () => {
  test("the pager gets the text on its input and the screen as its output", async () => {
    const dir = tempDir();
    const script = join(dir, "pager");
    writeFileSync(script, `#!/bin/sh\ncat > '${dir}/got'\ntest -t 1 && echo "shown $1"\n`);
    chmodSync(script, 0o755);
    expect(await onTerminal(`'${script}' --flag`)).toEqual({ status: 0, screen: "shown --flag\nended\n" });
    expect(readFileSync(join(dir, "got"), "utf8")).toBe(numbered(50));
  });

  test("what fits is printed without it", async () => {
    const dir = tempDir();
    const { screen } = await onTerminal(`touch '${dir}/started'`, { lines: 10 });
    expect(screen).toBe(`${numbered(10)}ended\n`);
    expect(existsSync(join(dir, "started"))).toBe(false);
  });

  test.each(["/no/such/pager", "exit 3", "not a program ("])(
    "a pager that fails at once (%s) loses nothing",
    async (pager) => {
      const { status, screen } = await onTerminal(pager);
      expect(status).toBe(0);
      expect(screen.endsWith(`${numbered(50)}ended\n`)).toBe(true);
    },
  );

  test("a user who leaves before the end is no error", async () => {
    const { status, screen } = await onTerminal("head -n 1", { lines: 200_000 });
    expect({ status, screen }).toEqual({ status: 0, screen: "line 0\nended\n" });
  });

  test("Ctrl-C is the pager's as long as it runs, however often", async () => {
    const onInterrupt = 'n=$((n+1)); echo "pager got it"; [ $n = 2 ] && exit 0; echo interrupt me';
    const { status, screen } = await onTerminal(
      `n=0; trap '${onInterrupt}' INT; cat >/dev/null; echo interrupt me; while :; do sleep 1; done`,
    );
    expect(status).toBe(0);
    expect(screen.match(/pager got it/g)).toHaveLength(2);
    expect(screen).not.toContain("program got it");
    expect(screen.endsWith("ended\n")).toBe(true);
  });

  test("Ctrl-C is the program's again when the pager has ended", async () => {
    const { screen } = await onTerminal("cat >/dev/null", { env: { WAIT_AFTERWARDS: "1" } });
    expect(screen).toMatch(/^ended\ninterrupt me\n\^Cprogram got it\n$/);
  });

  test("less is taken where it is there and nobody chose; it shows a screen at a time", async () => {
    const { status, screen } = await onTerminal(undefined, { env: { TYPE: "q" } });
    const hasLess = spawnSync("sh", ["-c", "command -v less"]).status === 0;
    expect(status).toBe(0);
    expect(screen).toContain("line 0");
    expect(screen.includes("line 40")).toBe(!hasLess);
  });
});
