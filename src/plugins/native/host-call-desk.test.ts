import { expect, test } from "vitest";
import { FrameReader, type FrameView } from "../../base/frame-reader.ts";
import { FrameWriter } from "../../base/frame-writer.ts";
import type { HostCall, HostCallHandler } from "../../protocol/host-slots.ts";
import {
  ANSWER_AT_ONCE_CHARS,
  ANSWERS_UNSENT_BYTES_MAX,
  HOST_CALLS_OPEN_MAX,
  LARGE_ANSWER_CHARS,
  LARGE_ANSWERS_OPEN_MAX,
  SMALL_ANSWERS_OPEN_MAX,
} from "../../protocol/limits.ts";
import { KIND } from "./frames.ts";
import { HostCallDesk } from "./host-call-desk.ts";
import { PendingCalls } from "./pending-calls.ts";

const DISPATCH = 7;
const COMPLETE_STREAM = 12;
const EMBED = 13;
const LIST_MODELS = 14;

/** A desk whose plugin asks when it is told to, and takes answers when it is told to. */
function openDesk(serve?: HostCallHandler) {
  const begun: { call: HostCall; answer: (text: string | null) => void }[] = [];
  const line = { unsentBytes: 0 };
  const write = (bytes: Uint8Array) => {
    line.unsentBytes += bytes.length;
  };
  const desk = new HostCallDesk(
    new FrameWriter({ write, cork() {}, uncork() {} }, KIND.call),
    new PendingCalls(() => undefined),
    {
      handler: serve ?? ((call) => new Promise((answer) => begun.push({ call, answer }))),
      runner: {},
      isLoading: () => true,
      unsentBytes: () => line.unsentBytes,
    },
  );
  const reader = new FrameReader((frame) => desk.serve(frame));
  const plugin = new FrameWriter({ write: (bytes) => reader.push(Buffer.from(bytes)), cork() {}, uncork() {} }, 0);
  let id = 0;
  const ask = (times = 1, slot = LIST_MODELS) => {
    for (let i = 0; i < times; i++) plugin.write(KIND.hostCall, slot, ++id, 0, []);
    plugin.flush();
  };
  const take = () => {
    line.unsentBytes = 0;
    desk.drained();
  };
  return { desk, begun, line, ask, take };
}

const settled = () => new Promise(setImmediate);

test("there is room for a large answer while the plugin has left no more than the limit", async () => {
  const { begun, line, ask } = openDesk();
  ask();
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX;
  expect(await begun[0]!.call.room()).toBe(true);
});

test("one byte more, and there is room again only when the plugin took its answers", async () => {
  const { desk, begun, line, ask, take } = openDesk();
  ask();
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX + 1;
  const heard: boolean[] = [];
  const room = begun[0]!.call.room().then((answer) => heard.push(answer));
  desk.drained(); // There is more again by the time that anybody looks.
  await settled();
  expect(heard).toEqual([]);
  take();
  await room;
  expect(heard).toEqual([true]);
});

test("a few calls may make large answers at a time, and the next when one of them is answered", async () => {
  const { begun, ask } = openDesk();
  const heard: number[] = [];
  for (let i = 0; i < LARGE_ANSWERS_OPEN_MAX + 2; i++) {
    ask();
    void begun[i]!.call.room().then(() => heard.push(i));
  }
  await begun[0]!.call.room(); // It has it already.
  const first = Array.from({ length: LARGE_ANSWERS_OPEN_MAX }, (_, i) => i);
  await settled();
  expect(heard).toEqual(first);
  begun[1]!.answer("x".repeat(LARGE_ANSWER_CHARS + 1));
  await settled();
  expect(heard).toEqual([...first, LARGE_ANSWERS_OPEN_MAX]);
});

test("each small answer lets one more be made at a time, up to a number; a large one ends that", async () => {
  const { begun, ask, take } = openDesk();
  let heard = 0;
  const seek = (times: number) => {
    for (let i = 0; i < times; i++) {
      ask();
      void begun
        .at(-1)!
        .call.room()
        .then((isRoom) => {
          heard += Number(isRoom);
        });
    }
  };
  seek(3 * SMALL_ANSWERS_OPEN_MAX);
  for (let i = 0; i < SMALL_ANSWERS_OPEN_MAX; i++) {
    await settled();
    const open = Math.min(LARGE_ANSWERS_OPEN_MAX + i, SMALL_ANSWERS_OPEN_MAX);
    expect(heard - i).toBe(open);
    begun[i]!.answer("x".repeat(LARGE_ANSWER_CHARS));
    take();
  }
  await settled();
  expect(heard).toBe(2 * SMALL_ANSWERS_OPEN_MAX);
  for (let i = SMALL_ANSWERS_OPEN_MAX; i < 2 * SMALL_ANSWERS_OPEN_MAX - LARGE_ANSWERS_OPEN_MAX; i++) {
    begun[i]!.answer("x".repeat(LARGE_ANSWER_CHARS + 1));
    take();
  }
  await settled();
  expect(heard).toBe(2 * SMALL_ANSWERS_OPEN_MAX);
  begun[2 * SMALL_ANSWERS_OPEN_MAX - 1]!.answer("x".repeat(LARGE_ANSWER_CHARS + 1));
  await settled();
  expect(heard).toBe(2 * SMALL_ANSWERS_OPEN_MAX + 1);
});

test("functions do not wait for each other", async () => {
  const { begun, ask } = openDesk();
  ask(LARGE_ANSWERS_OPEN_MAX);
  await Promise.all(begun.map(({ call }) => call.room()));
  ask(1, EMBED);
  expect(await begun.at(-1)!.call.room()).toBe(true);
});

test("however many wait, what is made and not taken is no more than the limit and the few in the making", async () => {
  const { begun, line, ask, take } = openDesk();
  const large = "x".repeat(ANSWERS_UNSENT_BYTES_MAX / 2);
  const bytesMax = ANSWERS_UNSENT_BYTES_MAX + LARGE_ANSWERS_OPEN_MAX * (large.length + 100);
  const calls = 20;
  let made = 0;
  let unsentMost = 0;
  for (let i = 0; i < calls; i++) {
    ask();
    const { call, answer } = begun[i]!;
    void call.room().then(() => {
      made++;
      answer(large);
    });
  }
  while (made < calls) {
    await settled();
    unsentMost = Math.max(unsentMost, line.unsentBytes);
    take();
  }
  expect(unsentMost).toBeGreaterThan(ANSWERS_UNSENT_BYTES_MAX);
  expect(unsentMost).toBeLessThanOrEqual(bytesMax);
});

test("a call that is answered waits for room no longer, and takes none from others", async () => {
  const { begun, line, ask, take } = openDesk();
  ask(LARGE_ANSWERS_OPEN_MAX + 1);
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX + 1;
  const rooms = begun.map(({ call }) => call.room());
  begun[0]!.answer("too late");
  expect(await rooms[0]).toBe(false);
  expect(await begun[0]!.call.room()).toBe(false);
  take();
  expect(await Promise.all(rooms.slice(1))).toEqual(Array(LARGE_ANSWERS_OPEN_MAX).fill(true));
});

test("while too much is unsent, no host call is begun; afterwards they are, in their order", async () => {
  const { begun, line, ask, take } = openDesk();
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX;
  ask();
  expect(begun).toHaveLength(1);
  line.unsentBytes++;
  ask(3);
  expect(begun).toHaveLength(1);
  take();
  expect(begun).toHaveLength(4);
});

test("answers of one turn count as soon as they are made, not when the turn ends", () => {
  const answer = "x".repeat(ANSWER_AT_ONCE_CHARS + 1);
  const { line, ask } = openDesk(() => answer);
  ask(HOST_CALLS_OPEN_MAX);
  expect(line.unsentBytes).toBeGreaterThan(ANSWERS_UNSENT_BYTES_MAX);
  expect(line.unsentBytes).toBeLessThan(ANSWERS_UNSENT_BYTES_MAX + answer.length + 100);
});

test("host calls that are not begun are open: a plugin with too many of them has broken the rules", () => {
  const { line, ask } = openDesk();
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX + 1;
  ask(HOST_CALLS_OPEN_MAX);
  expect(() => ask()).toThrow(/open host calls/);
});

test("whoever waits for room hears of it when the runner is gone, and so does whoever asks later", async () => {
  const { desk, begun, line, ask, take } = openDesk();
  ask();
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX + 1;
  const room = begun[0]!.call.room();
  ask();
  desk.close();
  expect(await room).toBe(false);
  expect(await begun[0]!.call.room()).toBe(false);
  take();
  expect(begun).toHaveLength(1); // What was not begun never will be.
});

test("whoever serves a call hears when the runner is gone", () => {
  const { desk, begun, ask } = openDesk();
  ask(2);
  const [first, second] = begun.map(({ call }) => call.gone);
  expect(first).toBe(second);
  expect(first?.aborted).toBe(false);
  desk.close();
  expect(first?.aborted).toBe(true);
});

test("a chunk waits while too much is unsent, until the plugin took it, the call is answered or the runner is gone", async () => {
  const { desk, begun, line, ask, take } = openDesk();
  ask(3, COMPLETE_STREAM);
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX;
  await begun[0]!.call.chunk("there is room");
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX + 1;
  const sent: number[] = [];
  const sending = begun.map(async ({ call }, i) => {
    await call.chunk("one more");
    sent.push(i);
  });
  await settled();
  expect(sent).toEqual([]);
  begun[1]!.answer("done");
  await sending[1];
  expect(sent).toEqual([1]);
  take();
  await sending[0];
  line.unsentBytes = ANSWERS_UNSENT_BYTES_MAX + 1;
  const last = begun[2]!.call.chunk("never sent");
  desk.close();
  await Promise.all([...sending, last]);
});

/** What the plugin says of a host call: how many chunks of it it took. */
const credit = (id: number, chunks: number) => ({ id, parent: chunks }) as FrameView;

test("whoever answers a call hears when the plugin has the answer in its hands, of that call and not before", async () => {
  const { desk, begun, ask } = openDesk();
  ask(2, DISPATCH);
  const heard: string[] = [];
  for (const [i, { call }] of begun.entries()) void call.taken().then((isTaken) => heard.push(`${i + 1} ${isTaken}`));
  for (const { answer } of begun) answer("{}");
  await settled();
  expect(heard).toEqual([]);
  desk.credit(credit(2, 0));
  desk.credit(credit(2, 0)); // Once is enough.
  desk.credit(credit(3, 0)); // Nobody asked.
  await settled();
  expect(heard).toEqual(["2 true"]);
  desk.credit(credit(1, 5)); // That is for a stream.
  await settled();
  expect(heard).toEqual(["2 true"]);
  desk.credit(credit(1, 0));
  await settled();
  expect(heard).toEqual(["2 true", "1 true"]);
});

test("when the runner is gone nobody has the answer in hands, nor ever will", async () => {
  const { desk, begun, ask } = openDesk();
  ask(2, DISPATCH);
  const taken = begun[0]!.call.taken();
  begun[0]!.answer("{}");
  desk.close();
  expect(await taken).toBe(false);
  expect(await begun[1]!.call.taken()).toBe(false);
});
