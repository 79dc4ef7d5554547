// A host that is killed at each kind of step of a task: the next one on the folder goes on to the end, no call of a tool is made
// again, nothing is said twice, and the plugin is told everything in order, none of it twice. With the variable KILL_TABLE, a
// table of all this is written to that file.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Database from "better-sqlite3-multiple-ciphers";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { TASK_RESUMES_MAX } from "../../src/protocol/limits.ts";
import { controlDbPath } from "../../src/store/control-db.ts";
import { bundledProgram } from "../helpers/bundled-program.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { goOn, isUnknown, type Journey, type Left, leftIn, linesOf, problemsOf } from "../helpers/journey-check.ts";
import { type JourneyTrouble, journeyModel } from "../helpers/journey-model.ts";
import { keptModelServer, type ModelServer } from "../helpers/model-server.ts";
import { untilGone } from "../helpers/processes.ts";
import { JOURNEY_PLUGIN, journeyHost } from "../helpers/task-journey.ts";
import { keptTempDir } from "../helpers/temp-dir.ts";

const PROGRAM = await bundledProgram("tasks-and-die");
const AT_ONCE = 2;
const TIMEOUT_MS = 180_000;
const WAIT_MS_MAX = 10_000;

const folder = keptTempDir();
const template = join(folder.path, "template");
const troubles = new Map<string, JourneyTrouble>();
const table: { readonly order: number; readonly row: string }[] = [];
let server: ModelServer;

beforeAll(async () => {
  server = await keptModelServer({ models: ["m"], answers: [journeyModel(troubles)] });
  installFixture(template, "keeps-a-diary");
  const host = journeyHost(template);
  await (await host.models()).addProvider(
    { name: "test", baseUrl: server.url, model: "m" },
    AbortSignal.timeout(10_000),
  );
  await (await host.native()).plugin(JOURNEY_PLUGIN);
  await host.stop();
});

afterAll(async () => {
  await server.stop();
  folder.remove();
  const file = process.env["KILL_TABLE"];
  const head = ["| killed | what was left | what the next host did |", "|---|---|---|"];
  const rows = table.sort((a, b) => a.order - b.order).map(({ row }) => row);
  if (file !== undefined) writeFileSync(file, `${[...head, ...rows].join("\n")}\n`);
});

/** One commit of each kind: what it changes, and which one that does is meant. Others may share its transaction. */
const COMMITS: readonly (readonly [part: string, nth: number])[] = [
  ["task: running, prompt waits, round 1", 1], // Dispatched.
  ["task: running, round 1", 1], // It is its turn.
  ["turn: assistant with calls", 1],
  ["turn: tool", 1],
  ["told: activity", 1],
  ["task: awaitingClarification, round 1", 1],
  ["task: running, prompt waits, round 1", 2], // Answered.
  ["turn: assistant", 1], // Interrupted.
  ["task: completed, round 1", 1],
  ["told: completed", 1],
  ["task: running, prompt waits, round 2", 1], // Dispatched again.
  ["turn: assistant", 2], // The whole answer, of a round that is not over yet.
];

test("killed before and after a commit of each kind, the task is gone on with", { timeout: TIMEOUT_MS }, async () => {
  const points = COMMITS.flatMap(([part, nth], at) => ["before", "after"].map((side) => ({ at, part, nth, side })));
  const problems: string[] = [];
  await atOnce(points, async ({ at, part, nth, side }) => {
    const name = `${side}-${at}`;
    const { home, signal, commits } = await runUntilItDies(name, { part, nth, side });
    const point = `${side} commit ${commits.length} (${commits.at(-1)})`;
    if (signal === null) problems.push(`there was no ${nth}. commit of "${part}": ${commits.join(" | ")}`);
    problems.push(...(await recover(home, name, point, at)));
  });
  expect(problems).toEqual([]);
});

test("killed while a tool has done what it does and not answered, it is not called again", async () => {
  const problems: string[] = [];
  // At the first of several calls, beside a question, and in a later round.
  await atOnce(["first", "third", "fourth"], async (hangsIn) => {
    const name = `tool-${hangsIn}`;
    troubles.set(name, { hangsIn });
    const run = startIn(name, {});
    await until(() => linesOf(join(run.home, "effects")).includes(hangsIn));
    troubles.delete(name);
    await run.kill();
    problems.push(...(await recover(run.home, name, `while the tool of the effect "${hangsIn}" works`)));
  });
  expect(problems).toEqual([]);
});

test("killed while the model answers, it is asked again", async () => {
  const problems: string[] = [];
  // With nothing in the transcript, behind an answer to a question, and at the end.
  await atOnce([1, 3, 5], async (silentAt) => {
    const name = `model-${silentAt}`;
    const silence = Promise.withResolvers<void>();
    troubles.set(name, { silentAt, onSilence: silence.resolve });
    const run = startIn(name, {});
    await silence.promise;
    await run.kill();
    problems.push(...(await recover(run.home, name, `while the model gives answer ${silentAt}`)));
  });
  expect(problems).toEqual([]);
});

test("killed while the plugin handles an event, it is told the next one and not this one again", async () => {
  const { home } = await runUntilItDies("events", {});
  const all = linesOf(join(home, "events")).filter(isKept);
  const types = all.map((line) => line.split(" ")[1]);
  const firsts = [...new Set(types)].map((type) => types.indexOf(type) + 1);
  expect(firsts.length).toBeGreaterThan(3);
  const problems: string[] = [];
  // One of each type, and the last of all.
  await atOnce([...firsts, all.length], async (number) => {
    const name = `event-${number}`;
    const home = copyOfTemplate(name);
    writeFileSync(join(home, "hangs-at"), String(number));
    const run = startIn(name, {}, home);
    const kept = () => linesOf(join(home, "events")).filter(isKept);
    await until(() => kept().length === number);
    const kind = kept().at(-1)!.split(" ", 2)[1];
    await run.kill();
    rmSync(join(home, "hangs-at"));
    problems.push(...(await recover(home, name, `while the plugin handles event ${number}, of type ${kind}`)));
  });
  expect(problems).toEqual([]);
});

test("a round whose host is killed again and again ends as failed, with a reason, and the plugin is told", async () => {
  const name = "again";
  const home = copyOfTemplate(name);
  for (let killed = 0; killed <= TASK_RESUMES_MAX; killed += 1) {
    const silence = Promise.withResolvers<void>();
    troubles.set(name, { silentAt: killed + 1, onSilence: silence.resolve });
    const run = startIn(name, {}, home);
    await silence.promise;
    await run.kill();
  }
  const left = leftIn(home);
  const { task, turns, events, diary } = await goOn(home, name);
  expect(task).toMatchObject({
    status: "failed",
    errorCode: "task_interrupted",
    round: 1,
    resumes: TASK_RESUMES_MAX + 1,
  });
  expect(turns.map(({ role }) => role)).toEqual(["user"]);
  expect(left.events).toBe(1 + TASK_RESUMES_MAX);
  expect(events.at(-1)).toMatchObject({ kind: "failed", toldAt: expect.any(String) });
  expect(diary.filter(({ kind }) => kind !== "progress").map(({ kind }) => kind)).toEqual([
    "started",
    ...Array(TASK_RESUMES_MAX).fill("activity"),
    "failed",
  ]);
});

test("a host that did not keep calls before it made them would be found out", async () => {
  const name = "forgets";
  troubles.set(name, { hangsIn: "second" });
  const run = startIn(name, {});
  await until(() => linesOf(join(run.home, "effects")).includes("second"));
  troubles.delete(name);
  await run.kill();
  const left = leftIn(run.home);
  const sqlite = new Database(controlDbPath(run.home));
  sqlite.prepare("DELETE FROM turns WHERE message ->> 'role' <> 'user'").run();
  sqlite.close();
  expect(problemsOf(await goOn(run.home, name), left)).toEqual(
    expect.arrayContaining([expect.stringContaining('"second" was done 2 times')]),
  );
});

interface Run {
  readonly home: string;
  /** What each commit changed. */
  readonly commits: readonly string[];
  /** How it ended; null: by itself. */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** As the system does it when it is out of memory; resolves when nothing of it is left. */
  kill(): Promise<void>;
}

interface DiesAt {
  readonly part?: string;
  readonly nth?: number;
  readonly side?: string;
}

/** Starts a host in a folder of its own, or in one that is there. */
function startIn(name: string, { part = "", nth = 0, side = "before" }: DiesAt, home = copyOfTemplate(name)): Run {
  const child = spawn(process.execPath, [PROGRAM, home, name, part, String(nth), side], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const commits: string[] = [];
  let runner: number | undefined;
  createInterface(child.stdout).on("line", (line) => {
    const [word, rest] = line.split(/ (.*)/s, 2) as [string, string];
    if (word === "runner") runner = Number(rest);
    else commits.push(rest);
  });
  const ended = once(child, "close").then(async ([code, signal]) => {
    if (signal === null && code !== 0) throw new Error(`the host of "${name}" ended with ${code}`);
    // Its plugin is gone with it.
    if (runner !== undefined) await untilGone(runner);
    return signal as NodeJS.Signals | null;
  });
  return {
    home,
    commits,
    ended,
    async kill() {
      child.kill("SIGKILL");
      expect(await ended).toBe("SIGKILL");
    },
  };
}

async function runUntilItDies(name: string, diesAt: DiesAt) {
  const { home, commits, ended } = startIn(name, diesAt);
  return { home, commits, signal: await ended };
}

/** What is wrong after another host went on with it, and a row of the table. */
async function recover(home: string, name: string, point: string, order = Infinity): Promise<string[]> {
  const left = leftIn(home);
  const problems = await goOn(home, name).then(
    (journey) => {
      table.push({ order, row: `| ${point} | ${shortly(left)} | ${whatWasDone(journey, left)} |` });
      return problemsOf(journey, left);
    },
    (error: unknown) => [String(error)],
  );
  rmSync(home, { recursive: true });
  return problems.map((problem) => `${point}: ${problem}`);
}

function shortly({ task, turns, events, lastTold }: Left): string {
  return `${task}; ${turns} turns; ${lastTold} of ${events} events told`;
}

function whatWasDone({ turns, events, diary }: Journey, left: Left): string {
  const resumed = events.some(({ kind, payload }) => kind === "activity" && payload["kind"] === "warning");
  const unknown = turns.filter(({ content }) => isUnknown(content)).length;
  const heard = diary.filter(({ kind }) => kind !== "progress" && kind !== "output").length;
  const counts = [
    [unknown, "calls not made again"],
    [turns.length - left.turns, "turns added"],
    [events.length - left.lastTold, "events told"],
    [events.length - heard, "event lost on its way to the plugin"],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [resumed ? "resumed" : "nothing ran", ...parts].join(", ");
}

async function atOnce<T>(points: readonly T[], work: (point: T) => Promise<void>): Promise<void> {
  const left = [...points];
  const lane = async () => {
    for (let point = left.shift(); point !== undefined; point = left.shift()) await work(point);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** A line of the plugin's about an event that does not just pass. */
function isKept(line: string): boolean {
  return !/^\S+ [27] /.test(line);
}

async function until(isSo: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(isSo()).toBe(true), { timeout: WAIT_MS_MAX, interval: 2 });
}

function copyOfTemplate(name: string): string {
  const home = join(folder.path, name);
  cpSync(template, home, { recursive: true, verbatimSymlinks: true });
  return home;
}
