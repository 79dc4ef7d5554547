import { expect, onTestFinished, test, vi } from "vitest";
import { TOPICS, type Topic } from "../../protocol/api/events.ts";
import { Changes, type TopicMarks } from "./changes.ts";

/** Marks that a test changes, and how often they were looked at. */
function marked() {
  const marks = Object.fromEntries(TOPICS.map((topic) => [topic, "0"])) as Record<Topic, string>;
  const seen = { looks: 0, fails: false };
  let next = Promise.withResolvers<void>();
  const changes = new Changes({
    lookMs: 1,
    async look(): Promise<TopicMarks> {
      seen.looks++;
      next.resolve();
      if (seen.fails) throw new Error("the database is locked");
      return { ...marks };
    },
  });
  return {
    changes,
    seen,
    change(...topics: Topic[]) {
      for (const topic of topics) marks[topic] += "+";
    },
    /** A look that begins after this was called. */
    async nextLook() {
      next = Promise.withResolvers();
      await next.promise;
    },
  };
}

function reading(): AbortController {
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  return gone;
}

async function next(followed: AsyncIterable<readonly Topic[]>): Promise<readonly Topic[] | undefined> {
  for await (const topics of followed) return topics;
  return undefined;
}

test("whoever follows is told of topics that changed since, and of no others", async () => {
  const { changes, change } = marked();
  change("keys");
  const followed = await changes.follow(reading().signal);
  change("agents", "tasks");
  expect(await next(followed)).toEqual(["agents", "tasks"].sort((a, b) => order(a) - order(b)));
});

test("whoever takes them slowly gets what changed meanwhile at once, each topic once", async () => {
  const { changes, change, nextLook } = marked();
  const followed = (await changes.follow(reading().signal))[Symbol.asyncIterator]();
  for (const topic of ["agents", "keys", "agents"] as const) {
    change(topic);
    await nextLook();
    await nextLook();
  }
  expect((await followed.next()).value).toEqual(["agents", "keys"]);
});

test("nothing is looked at while nobody follows, and once for all who do", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { changes, change, seen } = marked();
  const [one, two] = [reading(), reading()];
  const both = [await changes.follow(one.signal), await changes.follow(two.signal)];
  // The second one has the first one's look to go by.
  expect(seen.looks).toBe(1);
  change("tunnel");
  await vi.advanceTimersByTimeAsync(1);
  expect(seen.looks).toBe(2);
  expect(await Promise.all(both.map(next))).toEqual([["tunnel"], ["tunnel"]]);
  one.abort();
  expect(vi.getTimerCount()).toBe(1);
  two.abort();
  expect(vi.getTimerCount()).toBe(0);
  expect(await next(await changes.follow(one.signal))).toBeUndefined();
});

test("whoever comes first is told what changes while the look of another who comes then is still made", async () => {
  const answers = [0, 1, 1].map(() => Promise.withResolvers<TopicMarks>());
  let looks = 0;
  const changes = new Changes({ lookMs: 1, look: () => answers[Math.min(looks++, 2)]!.promise });
  const marks = Object.fromEntries(TOPICS.map((topic) => [topic, "0"])) as Record<Topic, string>;
  const both = [changes.follow(reading().signal), changes.follow(reading().signal)];
  answers[0]!.resolve(marks);
  const first = await both[0]!;
  for (const later of answers.slice(1)) later.resolve({ ...marks, agents: "1" });
  await both[1];
  expect(await next(first)).toEqual(["agents"]);
});

test("what changed while nobody followed is no news to who comes then", async () => {
  const { changes, change } = marked();
  const first = reading();
  await changes.follow(first.signal);
  first.abort();
  change("agents");
  const followed = await changes.follow(reading().signal);
  change("keys");
  expect(await next(followed)).toEqual(["keys"]);
});

test("a look that fails is made again, and what changed meanwhile is told then", async () => {
  const { changes, change, seen, nextLook } = marked();
  const followed = await changes.follow(reading().signal);
  seen.fails = true;
  change("plugins");
  await nextLook();
  seen.fails = false;
  expect(await next(followed)).toEqual(["plugins"]);
});

test("whoever comes while nothing can be looked at is told so", async () => {
  const { changes, seen } = marked();
  seen.fails = true;
  await expect(changes.follow(reading().signal)).rejects.toThrow("the database is locked");
});

function order(topic: string): number {
  return TOPICS.indexOf(topic as Topic);
}
