// `osaurus tools dev`: from the save of a file to the first answer of new code, on a host that serves, beside what the same
// build takes by itself. The projects are those that `tools create` makes.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { median } from "../measure.ts";
import { OSAURUS, portFrom } from "../served.ts";
import { PROGRAM_ENV, runProgram, timeProgram } from "../time-program.ts";

const FOLDER = join(BUILT.home, "dev");
const ENV = {
  ...PROGRAM_ENV,
  OSAURUS_HOME: join(FOLDER, "osaurus"),
  // Compilers are where the user has them.
  CARGO_HOME: process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"),
  RUSTUP_HOME: process.env["RUSTUP_HOME"] ?? join(homedir(), ".rustup"),
};
const OVER_MS_MAX = 300;
const IN_TWO_TURN = 2;
const STEP_MS = 5;
const LANGUAGES = [
  { language: "c", name: "C", source: "src/plugin.c" },
  { language: "rust", name: "Rust", source: "src/lib.rs" },
] as const;

export const devLoop: Section = {
  name: "dev-loop",
  placement: "free",
  async run(bench: Bench): Promise<void> {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    const serving = spawn(OSAURUS, ["serve", "--port", "0"], { env: ENV, stdio: ["ignore", "pipe", "inherit"] });
    try {
      await portFrom(serving);
      for (const one of LANGUAGES) await measure(bench, one);
    } finally {
      await end(serving);
    }
  },
};

interface Round {
  readonly state: "serving" | "failed";
  readonly ready_ms: number;
  readonly built_ms: number;
  readonly call?: { readonly result?: { readonly text?: string } };
}

async function measure(bench: Bench, { language, name, source }: (typeof LANGUAGES)[number]): Promise<void> {
  const project = join(FOLDER, `bench-${language}`);
  const alone = `${project}-alone`;
  // `tools create` writes into the working folder.
  await runProgram(
    "/bin/sh",
    ["-c", `cd "$1" && "$2" tools create "$3" --language "$4"`, "sh", FOLDER, OSAURUS, `bench-${language}`, language],
    ENV,
  );
  cpSync(project, alone, { recursive: true });
  const make = () => timeProgram("make", ["-s", "-C", alone, "build"], ENV);
  await make();
  const loop = spawn(OSAURUS, ["tools", "dev", "--json", project], { env: ENV, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const lines = createInterface({ input: loop.stdout })[Symbol.asyncIterator]();
    let told = 0;
    /** Milliseconds that the next round with that answer took, and of them the build. */
    const answered = async (word: string): Promise<{ ready: number; built: number }> => {
      for (;;) {
        const { value } = await lines.next();
        const round = JSON.parse(value as string) as Round;
        told++;
        if (round.state === "failed") throw new Error(`the build failed: ${value}`);
        // A build may have written a file of the project: that was one more round.
        if (round.call?.result?.text?.includes(word)) return { ready: round.ready_ms, built: round.built_ms };
      }
    };
    await answered("Hello");
    const toldFirst = told;
    const compiler: number[] = [];
    const rounds: { ready: number; built: number }[] = [];
    for (let turn = 1; turn <= (bench.quick ? 3 : 7); turn++) {
      await greet(join(alone, source), turn);
      compiler.push(await make());
      // Editors may write in two steps: that is one save, and there are more turns to see a second round of it.
      await greet(join(project, source), turn, { inTwo: turn === IN_TWO_TURN });
      rounds.push(await answered(`Hello${turn},`));
    }
    const more = told - toldFirst - rounds.length;
    if (more > 0) throw new Error(`${rounds.length} saves, one of them in two writes, took ${more} rounds more`);
    // Of the same round: how long a compiler takes swings far more than what comes behind it.
    const over = median(rounds.map(({ ready, built }) => ready - built));
    const ready = median(rounds.map((round) => round.ready));
    const peer = { name: "the build by itself", value: median(compiler) };
    bench.report({ metric: `save to first answer, ${name}`, value: ready, unit: "ms", peer });
    const target = { of: "value", atMost: OVER_MS_MAX } as const;
    bench.report({ metric: `more than the build, ${name}`, value: over, unit: "ms", target });
  } finally {
    await end(loop);
  }
}

/** Another word in the greeting: a compiler has something to do, and the answer shows which code gave it. */
async function greet(path: string, turn: number, { inTwo = false } = {}): Promise<void> {
  const text = readFileSync(path, "utf8");
  const edited = text.replaceAll(/Hello\d*, /g, `Hello${turn}, `);
  if (edited === text) throw new Error(`there is no greeting in ${path}`);
  if (inTwo) {
    writeFileSync(path, edited.slice(0, edited.length / 2));
    await setTimeout(STEP_MS);
  }
  writeFileSync(path, edited);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
