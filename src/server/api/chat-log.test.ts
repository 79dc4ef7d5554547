import { expect, test } from "vitest";
import { ChatLog } from "./chat-log.ts";

const NEVER = new AbortController().signal;
const gap = { type: "gap" } as const;
const artifact = { type: "artifact", filename: "a", size: 1, path: "/a" } as const;

/** What a reader gets that takes all that is there, from a place. */
const told = (log: ChatLog, place = 0) => log.since(place).map(({ event }) => event);

test("text that came in pieces is told as one, and other events stand between", () => {
  const log = new ChatLog();
  for (const piece of ["a", "b", "c"]) log.say("text", piece);
  log.tell(artifact);
  log.say("reasoning", "hm");
  log.say("text", "d");
  expect(told(log)).toEqual([
    { type: "text", text: "abc" },
    artifact,
    { type: "reasoning", text: "hm" },
    { type: "text", text: "d" },
  ]);
});

test("whoever was cut off anywhere gets what is missing, and nothing twice", () => {
  const log = new ChatLog();
  log.say("text", "héllo");
  log.tell(artifact);
  log.say("text", "x");
  const whole = "héllo!x";
  for (let place = 0; place <= log.next; place++) {
    const rest = told(log, place).map((event) => (event.type === "text" ? event.text : "!"));
    expect(rest.join(""), String(place)).toBe(whole.slice(place));
  }
  expect(log.since(2)[0]).toEqual({ event: { type: "text", text: "llo" }, next: 5 });
  expect(log.since(log.next)).toEqual([]);
});

test("what is more than may be kept is forgotten from the start, and that is told", () => {
  const log = new ChatLog(10);
  log.say("text", "0123456789");
  expect(told(log)).toEqual([{ type: "text", text: "0123456789" }]);
  log.say("text", "x");
  expect(told(log)).toEqual([gap, { type: "text", text: "6789x" }]);
  expect(told(log, 6)).toEqual([{ type: "text", text: "6789x" }]);
  expect(told(log, 5)).toEqual([gap, { type: "text", text: "6789x" }]);
  log.say("reasoning", "abcdef");
  expect(told(log)).toEqual([gap, { type: "reasoning", text: "abcdef" }]);
});

test("an event that is larger than all that may be kept is not kept, and leaves a gap", () => {
  const log = new ChatLog(10);
  log.tell(artifact);
  expect(told(log)).toEqual([gap]);
  expect(log.since(0)).toEqual([{ event: gap, next: log.next }]);
});

test("a reader waits until there is more, or until it goes away", async () => {
  const log = new ChatLog();
  const waiting = log.grown(0, NEVER);
  log.say("text", "a");
  await waiting;
  await log.grown(0, NEVER);
  const leaving = new AbortController();
  const left = log.grown(1, leaving.signal);
  leaving.abort();
  await left;
  const last = log.grown(1, NEVER);
  log.end(artifact);
  await last;
  await log.grown(log.next, NEVER);
  expect(log.isEnded).toBe(true);
});
