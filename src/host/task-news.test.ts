// Whether an event counts as told, for each way in which a plugin may take it or not.

import { expect, test } from "vitest";
import { HostError } from "../protocol/errors.ts";
import type { TaskEvent } from "../protocol/task.ts";
import type { NativeHost } from "./native-host.ts";
import { taskNews } from "./task-news.ts";

const TASK = { id: "T", pluginId: "p", agentId: "A" };
const EVENT: TaskEvent = {
  taskId: "T",
  seq: 1,
  kind: "started",
  payload: { b: { d: 1, c: 2 }, a: 1 },
  at: "",
  toldAt: null,
};

type TellTaskEvent = NativeHost["tellTaskEvent"];

/** Tells a plugin that does this with what it is told. */
async function tell(tellTaskEvent: TellTaskEvent, { signal = new AbortController().signal, state = "loaded" } = {}) {
  const plugin = { state };
  const host = { ownerOfTasks: () => plugin, tellTaskEvent } as unknown as NativeHost;
  const handed: true[] = [];
  const news = taskNews(async () => host);
  const wasTold = await news.tell(TASK, EVENT, { signal, handed: () => handed.push(true) });
  return { wasTold, handed: handed.length };
}

const fails = (code: "plugin_overloaded" | "plugin_crashed") => new HostError(code, "it failed");

test("an event that the plugin took is told, with its members in the order of their names", async () => {
  let json = "";
  const told = await tell(async (_plugin, news, handing) => {
    handing?.onHanded?.(true);
    json = news.json;
  });
  expect(told).toEqual({ wasTold: true, handed: 1 });
  expect(json).toBe('{"a":1,"b":{"c":2,"d":1}}');
});

test("a plugin that crashed with the event in its hands was told", async () => {
  const told = await tell(async (_plugin, _news, handing) => {
    handing?.onHanded?.(true);
    throw fails("plugin_crashed");
  });
  expect(told).toEqual({ wasTold: true, handed: 1 });
});

test("one that crashed before it had it, or gave it back, was not", async () => {
  expect((await tell(() => Promise.reject(fails("plugin_crashed")))).wasTold).toBe(false);
  const back = await tell(async (_plugin, _news, handing) => {
    handing?.onHanded?.(true);
    handing?.onHanded?.(false);
    throw fails("plugin_crashed");
  });
  expect(back.wasTold).toBe(false);
});

test("one that had no thread left for it did not begin with it, though it had it", async () => {
  const told = await tell(async (_plugin, _news, handing) => {
    handing?.onHanded?.(true);
    throw fails("plugin_overloaded");
  });
  expect(told.wasTold).toBe(false);
});

test("when the host is stopped, an event that waits is left untold; one that the plugin has is waited for", async () => {
  const stopping = new AbortController();
  const waits = tell(() => new Promise(() => {}), { signal: stopping.signal });
  const { promise: returned, resolve: returns } = Promise.withResolvers<void>();
  const has = tell(
    async (_plugin, _news, handing) => {
      handing?.onHanded?.(true);
      await returned;
    },
    { signal: stopping.signal },
  );
  await new Promise((resolve) => setImmediate(resolve));
  stopping.abort();
  expect((await waits).wasTold).toBe(false);
  returns();
  expect((await has).wasTold).toBe(true);
});

test("a plugin is ready when it is loaded, or as soon as it is", async () => {
  const ready = (plugin: object | undefined) =>
    taskNews(async () => ({ ownerOfTasks: () => plugin }) as unknown as NativeHost).ready(
      "p",
      new AbortController().signal,
    );
  expect(await ready(undefined)).toBe(false);
  expect(await ready({ state: "loaded" })).toBe(true);
  expect(await ready({ state: "loading", ready: async () => {} })).toBe(true);
  expect(await ready({ state: "loading", ready: () => Promise.reject(fails("plugin_crashed")) })).toBe(false);
  expect(await ready({ state: "failed" })).toBe(false);
  expect(await taskNews(() => undefined).ready("p", new AbortController().signal)).toBe(false);
});
