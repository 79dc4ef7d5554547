// What must be true of the task of task-journey.ts however often its host was killed, and what is left right after that.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import type { ChatMessage } from "../../src/protocol/inference.ts";
import { PASSING_EVENTS, TASK_EVENT, type TaskEvent, TERMINAL_EVENTS } from "../../src/protocol/task.ts";
import { controlDbPath } from "../../src/store/control-db.ts";
import type { TaskView } from "../../src/tasks/task-service.ts";
import { driveJourney, journeyHost, SAID } from "./task-journey.ts";

const GO_ON_MS_MAX = 8_000;
const EVENTS_MAX = 1_000;

export interface Journey {
  readonly name: string;
  readonly task: TaskView;
  readonly turns: readonly ChatMessage[];
  readonly events: readonly TaskEvent[];
  /** What the plugin wrote down, in order, by all hosts. */
  readonly diary: readonly DiaryLine[];
  /** Names of effects, one for each time. */
  readonly effects: readonly string[];
}

interface DiaryLine {
  readonly taskId: string;
  readonly kind: string;
  readonly payload: string;
}

/** What a host that was killed left. */
export interface Left {
  readonly task: string;
  readonly turns: number;
  readonly events: number;
  /** Number of the last event that was noted as told; 0 for none. */
  readonly lastTold: number;
}

/** A host takes over what is there, goes on to the end, and is stopped. */
export async function goOn(home: string, name: string): Promise<Journey> {
  const host = journeyHost(home);
  try {
    await (await host.native()).list();
    const tasks = await host.tasks();
    const task = await driveJourney(host, name, AbortSignal.timeout(GO_ON_MS_MAX));
    await tasks.idle();
    const events = await tasks.events(task.id, 0, EVENTS_MAX);
    const turns = await (await host.agents()).sessions.turns(task.sessionId);
    return { name, task, turns, events, diary: diaryIn(home), effects: linesOf(join(home, "effects")) };
  } finally {
    await host.stop();
  }
}

/** Read beside all hosts. */
export function leftIn(home: string): Left {
  const sqlite = new Database(controlDbPath(home), { readonly: true });
  try {
    const one = (sql: string) => sqlite.prepare(sql).pluck().get();
    return {
      task: (one("SELECT status || ', round ' || round FROM tasks") as string | undefined) ?? "none",
      turns: one("SELECT count(*) FROM turns") as number,
      events: one("SELECT count(*) FROM task_events") as number,
      lastTold: one("SELECT ifnull(max(seq), 0) FROM task_events WHERE told_at IS NOT NULL") as number,
    };
  } finally {
    sqlite.close();
  }
}

/** What is wrong, a line each. @param left what the host that was killed left, if one was. */
export function problemsOf(journey: Journey, left: Left | undefined): string[] {
  return [
    ...problemsOfTask(journey),
    ...problemsOfTurns(journey),
    ...problemsOfEffects(journey),
    ...problemsOfEvents(journey),
    ...problemsOfDiary(journey, left),
  ];
}

function problemsOfTask({ task }: Journey): string[] {
  const facts = `${task.status}, round ${task.round}, ${task.output}`;
  return facts === "completed, round 2, Done." ? [] : [`the task is ${facts}: ${task.summary}`];
}

/** Calls, those of one answer together. A question that never got as far as the user is asked once more. */
const CALLS = ["call_first call_moment call_second", "call_ask call_third", "call_ask_again", "call_fourth"];

function problemsOfTurns({ turns, name }: Journey): string[] {
  const problems: string[] = [];
  const said = turns.filter(({ role }) => role === "user").map(({ content }) => content);
  const meant = [SAID.begin(name), SAID.answer, SAID.interrupt, SAID.again];
  if (said.join("|") !== meant.join("|")) problems.push(`the user said ${JSON.stringify(said)}`);
  const isLost = turns.some(({ toolCallId, content }) => toolCallId === "call_ask" && isUnknown(content));
  const answers = turns.map(({ toolCalls = [] }) => toolCalls.map(({ id }) => id)).filter(({ length }) => length > 0);
  const calls = CALLS.filter((ids) => isLost || ids !== "call_ask_again");
  if (answers.map((ids) => ids.join(" ")).join() !== calls.join()) problems.push(`calls: ${JSON.stringify(answers)}`);
  for (const [at, { toolCalls }] of turns.entries()) {
    if (toolCalls === undefined) continue;
    const results = turns.slice(at + 1, at + 1 + toolCalls.length).map(({ toolCallId }) => toolCallId);
    const ids = toolCalls.map(({ id }) => id);
    if (results.sort().join() !== ids.sort().join()) problems.push(`turn ${at + 1} has results ${results}`);
  }
  const results = turns.filter(({ role }) => role === "tool").length;
  if (results !== answers.flat().length) problems.push(`there are ${results} results`);
  return problems;
}

/** Its host was killed before there was a result. */
export function isUnknown(content: ChatMessage["content"]): boolean {
  return JSON.stringify(content).includes("the host ended before the tool answered");
}

/** Nothing is done twice; and what has a result was done. */
function problemsOfEffects({ effects, turns }: Journey): string[] {
  return ["first", "second", "third", "fourth"].flatMap((name) => {
    const times = effects.filter((one) => one === name).length;
    const result = turns.find(({ toolCallId }) => toolCallId === `call_${name}`)?.content;
    const isDone = JSON.stringify(result ?? "").includes("done");
    return times === 1 || (times === 0 && !isDone)
      ? []
      : [`"${name}" was done ${times} times, its result is ${result}`];
  });
}

function problemsOfEvents({ events, turns }: Journey): string[] {
  const problems: string[] = [];
  if (events.some(({ seq }, index) => seq !== index + 1)) problems.push(`numbers: ${events.map(({ seq }) => seq)}`);
  const kinds = events.map(({ kind }) => kind);
  // What a host that takes over says of it may stand anywhere in between.
  const plain = kinds.filter((kind) => kind !== "activity").join(" ");
  if (plain !== "started clarification completed started completed") problems.push(`events: ${kinds.join(" ")}`);
  // Of calls that the transcript does not have, nothing is told; of those that a killed host did not come to make, neither.
  const calls = turns.flatMap(({ toolCalls = [] }) => toolCalls);
  for (const name of new Set(calls.map((call) => call.name))) {
    const asked = calls.filter((call) => call.name === name).length;
    const told = events.filter(({ payload }) => payload["kind"] === "tool" && payload["detail"] === name).length;
    if (told > asked) problems.push(`${told} activities tell of ${name}, which was called ${asked} times`);
  }
  if (kinds.at(-1) !== "completed") problems.push("the last event is not the terminal one");
  const untold = events.filter(({ toldAt }) => toldAt === null).map(({ seq }) => seq);
  if (untold.length > 0) problems.push(`the plugin was not told ${untold.join()}`);
  return problems;
}

/** All events in order; but for the one that it was being told when the host was killed, which may have got lost. */
function problemsOfDiary({ diary, events, task }: Journey, left: Left | undefined): string[] {
  const problems: string[] = [];
  const others = diary.filter(({ taskId }) => taskId !== task.id);
  if (others.length > 0) problems.push(`the plugin was told of other tasks: ${JSON.stringify(others)}`);
  const text = (kind: string, payload: string) => `${kind} ${payload}`;
  const told = diary.filter(({ kind }) => !isPassing(kind)).map(({ kind, payload }) => text(kind, payload));
  const all = events.map(({ kind, payload, seq }) => ({ seq, line: text(kind, JSON.stringify(payload)) }));
  let at = 0;
  const missing: number[] = [];
  for (const { seq, line } of all) {
    if (canonical(told[at]) === canonical(line)) at += 1;
    else missing.push(seq);
  }
  if (at < told.length) problems.push(`the plugin was told out of order or twice, from entry ${at + 1}: ${told[at]}`);
  const maybeLost = left === undefined ? [] : [left.lastTold];
  if (missing.some((seq) => !maybeLost.includes(seq)))
    problems.push(`the plugin never heard of events ${missing.join()}`);
  let isOver = false;
  for (const { kind } of diary) {
    if (isPassing(kind) && isOver) problems.push(`${kind} was told behind the end of a round`);
    if (!isPassing(kind)) isOver = TERMINAL_EVENTS.has(kind as never);
  }
  return problems;
}

const isPassing = (kind: string) => PASSING_EVENTS.has(kind as never);

/** The same text for the same members in any order. */
function canonical(line: string | undefined): string {
  if (line === undefined) return "";
  const space = line.indexOf(" ");
  const members = Object.entries(JSON.parse(line.slice(space + 1)) as object);
  return line.slice(0, space) + JSON.stringify(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function diaryIn(home: string): DiaryLine[] {
  const kinds = Object.fromEntries(Object.entries(TASK_EVENT).map(([kind, number]) => [String(number), kind]));
  return linesOf(join(home, "events")).map((line) => {
    const [taskId = "", number = "", ...rest] = line.split(" ");
    return { taskId, kind: kinds[number] ?? number, payload: rest.join(" ") };
  });
}

export function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}
