// What a person waits for at the Tab key: a script's question to the program and its answer, and what of that is the search
// itself.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { complete } from "../../src/commands/completion/complete.ts";
import { noFlags } from "../../src/commands/flags.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { interleave, median } from "../measure.ts";
import { PROGRAM_ENV, timeProgram } from "../time-program.ts";

const COUNTS = [10, 200, 1000];
/** Nobody has a thousand; they show what grows. */
const COUNT_AIMED_AT = 200;
const OSP = join(BUILT.root, "bin/osp");
const BREAKS = " \t\n\"'><=;|&(:@";
const YARGS = join(BUILT.root, "bench/peers/yargs-completion.mjs");
const FLAGS_EACH = 10;

export const completion: Section = {
  name: "completion",
  placement: "free",
  async run(bench) {
    for (const count of COUNTS) {
      const env = place(count);
      await roundTrip(bench, count, env);
      await inProcess(bench, count, env);
    }
  },
};

type Env = typeof PROGRAM_ENV;

async function roundTrip(bench: Bench, count: number, env: Env): Promise<void> {
  const ask = (line: string) => timeProgram(OSP, ["__complete", "bash", BREAKS, line], env);
  const tasks = {
    command: () => ask("osp com"),
    flag: () => ask("osp command-1 --fl"),
    yargs: () => timeProgram(process.execPath, [YARGS, "--get-yargs-completions", "x", "com", String(count)], env),
    node: () => timeProgram(process.execPath, ["-e", "0"], env),
  };
  for (let i = 0; i < 3; i++) for (const task of Object.values(tasks)) await task();
  const results = await interleave(bench.quick ? 7 : 21, tasks);
  const [command, flag] = [median(results["command"]!), median(results["flag"]!)];
  const [yargs, node] = [median(results["yargs"]!), median(results["node"]!)];
  const peer = { name: "yargs", value: yargs };
  bench.report({ metric: `Tab at a command, ${count} plugins`, value: command, unit: "ms", peer });
  const target = count <= COUNT_AIMED_AT ? ({ of: "value", atMost: 50 } as const) : undefined;
  const beyond = (value: number) => ({ value: value - node, unit: "ms", ...(target ? { target } : {}) }) as const;
  bench.report({ metric: "  beyond bare Node", ...beyond(command) });
  bench.report({ metric: `Tab at a flag, ${count} plugins`, value: flag, unit: "ms" });
  bench.report({ metric: "  beyond bare Node", ...beyond(flag) });
}

/** In the interactive shell, where nothing has to be started. */
async function inProcess(bench: Bench, count: number, env: Env): Promise<void> {
  const took: number[] = [];
  for (let round = 0; round < (bench.quick ? 20 : 100); round++) {
    const line = "com";
    const start = performance.now();
    const { candidates } = await complete({ line, cursor: line.length, io: { env, cwd: "/" }, flags: noFlags() });
    took.push(performance.now() - start);
    if (candidates.length === 0) throw new Error("nothing was completed");
  }
  bench.report({ metric: `  in the process, ${count} plugins`, value: median(took), unit: "ms" });
}

/** So many plugins that described themselves, each with one command. */
function place(count: number): Env {
  const home = join(BUILT.home, `completion-${count}`);
  rmSync(home, { recursive: true, force: true });
  const env = { ...PROGRAM_ENV, XDG_CACHE_HOME: join(home, "cache"), XDG_CONFIG_HOME: join(home, "config") };
  const folder = join(home, "config/osp/plugins");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(home, "cache/osp"), { recursive: true, mode: 0o700 });
  const entries = Array.from({ length: count }, (_, index) => {
    const path = join(folder, `osp-plugin-${index}`);
    writeFileSync(path, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    return { path, size: 1, mtime_secs: 1, mtime_nanos: 1, describe: described(index) };
  });
  writeFileSync(join(home, "cache/osp/describe-v1.json"), JSON.stringify({ version: 1, entries, failures: [] }));
  return env;
}

/** As the cache holds it. */
function described(index: number) {
  const option = { about: "Some flag", required: false, multi: false, value_type: null, suggestions: [] };
  const flags = Object.fromEntries(
    Array.from({ length: FLAGS_EACH }, (_, flag) => [`--flag-${flag}`, { ...option, flag_only: false }]),
  );
  const command = { name: `command-${index}`, about: "Does something.", auth: null, args: [], flags, subcommands: [] };
  const head = { protocol_version: 1, plugin_id: `plugin-${index}`, plugin_version: "1.0.0", min_osp_version: null };
  return { ...head, commands: [command] };
}
