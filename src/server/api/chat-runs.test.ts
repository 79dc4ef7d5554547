import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../../test/helpers/eventually.ts";
import { AGENT } from "../../../test/helpers/told-runs.ts";
import type { RunRequest } from "../../agents/run-request.ts";
import { untilAborted } from "../../base/until-aborted.ts";
import { CHAT_RUNS_MAX, CHAT_RUNS_PER_KEY_MAX } from "../../protocol/limits.ts";
import type { ChatHost } from "./chat-run.ts";
import { ChatRuns } from "./chat-runs.ts";

/** A host whose runs go on until they are ended. */
function openRuns(times?: { keptMs: number }) {
  const draining = new AbortController();
  const run = ({ signal }: RunRequest) => untilAborted(new Promise(() => {}), signal);
  const emptied: string[] = [];
  const sessions = { byId: async () => undefined, deleteEmpty: async (id: string) => emptied.push(id) };
  const host = {
    agents: async () => ({ find: async () => AGENT, sessions }),
    accessKeys: async () => ({ isLive: async () => true }),
    inference: async () => ({ run }),
  } as unknown as ChatHost;
  const runs = new ChatRuns(host, draining.signal, times);
  onTestFinished(() => draining.abort());
  let count = 0;
  const begin = (keyId: string, sessionId = `S${count++}`) =>
    runs.begin({ agent: AGENT, sessionId, text: "x", model: null, keyId, note: () => {} }, "m");
  return { runs, begin, draining, emptied };
}

const refusal = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("so many answers are made at once for one key, and so many in all", async () => {
  const { begin } = openRuns();
  for (let count = 0; count < CHAT_RUNS_PER_KEY_MAX; count++) begin("a");
  expect(refusal(() => begin("a"))).toBe("rate_limited");
  const keys = ["b", "c", "d"];
  for (let left = CHAT_RUNS_MAX - CHAT_RUNS_PER_KEY_MAX; left > 0; left--) begin(keys[left % keys.length]!);
  expect(refusal(() => begin("e"))).toBe("rate_limited");
});

test("one that is over makes room, is known for a while, and is forgotten then", async () => {
  const { runs, begin, emptied } = openRuns({ keptMs: 0 });
  const run = begin("a", "S");
  expect(refusal(() => begin("a", "S"))).toBe("request_invalid");
  expect(runs.find(run.id.toUpperCase())).toBe(run);
  await run.stop("stop");
  await run.over;
  expect(run.document()).toMatchObject({ state: "over", finish: "failed", ended_by: "stop", is_kept: false });
  await eventually(() => expect(runs.find(run.id)).toBeUndefined());
  expect(runs.ofSession("S")).toBeUndefined();
  // Nobody was answered in it, and nobody tried again.
  await eventually(() => expect(emptied).toEqual(["S"]));
});

test("the answer after it takes its place at once", async () => {
  const { runs, begin } = openRuns();
  const first = begin("a", "S");
  await first.stop("stop");
  await first.over;
  expect(runs.ofSession("S")).toBe(first);
  const second = begin("a", "S");
  expect(runs.ofSession("S")).toBe(second);
  expect(runs.find(first.id)).toBeUndefined();
});

test("a server that is being stopped ends all answers and begins none", async () => {
  const { begin, draining, emptied } = openRuns();
  const before = begin("a", "BEFORE");
  await before.stop("stop");
  await before.over;
  const run = begin("a", "S");
  draining.abort();
  await run.over;
  expect(run.document().ended_by).toBe("host");
  await eventually(() => expect(emptied).toEqual(["BEFORE", "S"]));
  expect(refusal(() => begin("a"))).toBe("host_busy");
});
