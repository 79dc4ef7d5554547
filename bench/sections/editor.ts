// The interactive shell on a terminal: from its start to its prompt, from a key to its echo, and what a key costs on the line.
// Against Node's own shell, and GNU readline as bash has it, on the same kind of terminal.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { interleave, median } from "../measure.ts";

const TYPIST = join(BUILT.root, "bench/contenders/key-echo.py");
const EDITOR = [process.execPath, join(BUILT.root, "test/fixtures/terminal/edits-lines.mjs")];
const READLINE = ["bash", "--norc", "--noprofile", "-i"];
const PROMPT = "lines> ";
const STARTER = join(BUILT.root, "bench/contenders/first-prompt.py");
const SHELL = [process.execPath, join(BUILT.root, "bin/launch.cjs"), "osp"];

export const editor: Section = {
  name: "editor",
  placement: "free",
  async run(bench) {
    const keys = bench.quick ? 100 : 400;
    const results = await interleave(bench.quick ? 2 : 5, {
      osprey: () => type(keys, EDITOR),
      readline: () => type(keys, READLINE),
    });
    const all = (name: string, what: keyof Typed) => results[name]!.flatMap((typed) => typed[what]);
    const echo = (name: string) => median(all(name, "micros"));
    const size = (name: string) =>
      all(name, "sizes").reduce((sum, bytes) => sum + bytes, 0) / all(name, "sizes").length;
    const starts = await interleave(bench.quick ? 5 : 15, {
      osprey: () => start("default> ", SHELL),
      node: () => start("> ", [process.execPath, "-i"]),
    });
    bench.report({
      metric: "start to prompt",
      value: median(starts["osprey"]!),
      unit: "ms",
      peer: { name: "node -i", value: median(starts["node"]!) },
      ratio: median(starts["osprey"]!) / median(starts["node"]!),
    });
    bench.report({
      metric: "key to echo, p50",
      value: echo("osprey"),
      unit: "µs",
      peer: { name: "bash (GNU readline)", value: echo("readline") },
      ratio: echo("osprey") / echo("readline"),
      target: { of: "value", atMost: 2_000 },
    });
    bench.report({
      metric: "bytes a key",
      value: size("osprey"),
      unit: "",
      peer: { name: "bash (GNU readline)", value: size("readline") },
      target: { of: "value", atMost: 4 },
    });
  },
};

interface Typed {
  readonly micros: readonly number[];
  readonly sizes: readonly number[];
}

async function start(prompt: string, command: readonly string[]): Promise<number> {
  const env = {
    PATH: process.env["PATH"],
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    HOME: BUILT.home,
    OSP__REPL__SIMPLE_PROMPT: "true",
  };
  const { stdout } = await promisify(execFile)("python3", [STARTER, prompt, ...command], { env });
  return Number(stdout);
}

async function type(keys: number, command: readonly string[]): Promise<Typed> {
  const env = {
    PATH: process.env["PATH"],
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    PROMPT_COMMAND: `PS1='${PROMPT}'`,
    HOME: "/nonexistent",
  };
  const { stdout } = await promisify(execFile)("python3", [TYPIST, String(keys), PROMPT, ...command], { env });
  return JSON.parse(stdout);
}
