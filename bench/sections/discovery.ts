// Many plugins: the first look at them, and what they cost every command after it.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DESCRIBE_PARALLEL_MAX } from "../../src/protocol/limits.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { interleave, median, medianRatio } from "../measure.ts";
import { PROGRAM_ENV, runProgram, timeProgram } from "../time-program.ts";

const PLUGINS = 200;
const DESCRIBE_MS = 50;
/** Each with a cache of its own, so that the one plugin's command does not read what is known of the many. */
const MANY = place("many");
const ONE = place("one");
const OSP = join(BUILT.root, "bin/osp");

export const discovery: Section = {
  name: "discovery",
  placement: "free",
  async run(bench) {
    for (const [{ folder }, count] of [
      [MANY, PLUGINS],
      [ONE, 1],
    ] as const) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < count; i++) copyFileSync(BUILT.slowPlugin, join(folder, `osp-slow-${i}`));
    }
    await cold(bench);
    await warm(bench);
    await steps(bench);
  },
};

/** All plugins describe themselves; what the program takes when it has nothing to ask is taken off. */
async function cold(bench: Bench): Promise<void> {
  const look = () => timeProgram(OSP, ["--plugin-dir", MANY.folder, "plugins", "list", "--json"], MANY.env);
  const asked: number[] = [];
  for (let round = 0; round < (bench.quick ? 2 : 5); round++) {
    rmSync(join(MANY.env.XDG_CACHE_HOME, "osp", "describe-v1.json"), { force: true });
    const first = await look();
    asked.push(first - (await look()));
  }
  const ideal = Math.ceil(PLUGINS / DESCRIBE_PARALLEL_MAX) * DESCRIBE_MS;
  bench.report({
    metric: `describe ${PLUGINS} plugins, ${DESCRIBE_PARALLEL_MAX} at a time`,
    value: median(asked),
    unit: "ms",
    peer: { name: "their pauses alone", value: ideal },
    ratio: median(asked) / ideal,
    target: { of: "ratio", atMost: 1.3 },
  });
}

async function warm(bench: Bench): Promise<void> {
  const results = await interleave(bench.quick ? 7 : 31, {
    many: () => timeProgram(OSP, ["--plugin-dir", MANY.folder, "slow-0"], MANY.env),
    one: () => timeProgram(OSP, ["--plugin-dir", ONE.folder, "slow-0"], ONE.env),
  });
  const [many, one] = [results["many"]!, results["one"]!];
  bench.report({
    metric: `osp COMMAND, ${PLUGINS} plugins known`,
    value: median(many),
    unit: "ms",
    peer: { name: "1 plugin", value: median(one) },
    ratio: medianRatio(many, one),
    target: { of: "ratio", atMost: 1.15 },
  });
}

/** Where the time of a warm command goes, as the program itself counts it. */
async function steps(bench: Bench): Promise<void> {
  const found = new Map<string, number[]>();
  for (let round = 0; round < (bench.quick ? 7 : 21); round++) {
    const { output } = await runProgram(OSP, ["--plugin-dir", ONE.folder, "-ddd", "slow-0"], ONE.env);
    const footer = output.trimEnd().split("\n").at(-1)!;
    for (const [, name, ms] of footer.matchAll(/([a-z]+) ([\d.]+)ms/g)) {
      found.set(name!, [...(found.get(name!) ?? []), Number(ms)]);
    }
  }
  for (const [name, values] of found) bench.report({ metric: `  step: ${name}`, value: median(values), unit: "ms" });
}

function place(name: string) {
  const cache = join(BUILT.home, `cache-${name}`);
  return { folder: join(BUILT.home, name), env: { ...PROGRAM_ENV, XDG_CACHE_HOME: cache } };
}
