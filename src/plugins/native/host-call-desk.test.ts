import { expect, test } from "vitest";
import { FrameReader } from "../../base/frame-reader.ts";
import { FrameWriter } from "../../base/frame-writer.ts";
import type { HostCall } from "../../protocol/host-slots.ts";
import { ANSWERS_UNSENT_BYTES_MAX } from "../../protocol/limits.ts";
import { KIND } from "./frames.ts";
import { HostCallDesk } from "./host-call-desk.ts";
import { PendingCalls } from "./pending-calls.ts";

const LIST_MODELS = 14;

/** A desk that was asked for something, and the call as whoever serves it gets it. */
function askedDesk(unsentBytes: () => number): { desk: HostCallDesk; call: HostCall } {
  const calls: HostCall[] = [];
  const nowhere = new FrameWriter({ write() {}, cork() {}, uncork() {} }, KIND.call);
  const desk = new HostCallDesk(nowhere, new PendingCalls(() => undefined), {
    handler: (call) => {
      calls.push(call);
      return new Promise(() => undefined);
    },
    runner: {},
    isLoading: () => true,
    unsentBytes,
  });
  const reader = new FrameReader((frame) => desk.serve(frame));
  const plugin = new FrameWriter({ write: (bytes) => reader.push(Buffer.from(bytes)), cork() {}, uncork() {} }, 0);
  plugin.write(KIND.hostCall, LIST_MODELS, 1, 0, []);
  plugin.flush();
  return { desk, call: calls[0]! };
}

test("there is room for a large answer while the plugin has left no more than the limit", async () => {
  expect(await askedDesk(() => ANSWERS_UNSENT_BYTES_MAX).call.room()).toBe(true);
});

test("one byte more, and there is room again only when the plugin took its answers", async () => {
  let unsent = ANSWERS_UNSENT_BYTES_MAX + 1;
  const { desk, call } = askedDesk(() => unsent);
  const heard: boolean[] = [];
  const room = call.room().then((answer) => heard.push(answer));
  desk.drained(); // There is more again by the time that anybody looks.
  await new Promise(setImmediate);
  expect(heard).toEqual([]);
  unsent = 0;
  desk.drained();
  await room;
  expect(heard).toEqual([true]);
});

test("whoever waits for room hears of it when the runner is gone, and so does whoever asks later", async () => {
  const { desk, call } = askedDesk(() => ANSWERS_UNSENT_BYTES_MAX + 1);
  const room = call.room();
  desk.close();
  expect(await room).toBe(false);
  expect(await call.room()).toBe(false);
});
