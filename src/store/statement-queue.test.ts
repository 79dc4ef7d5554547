import { expect, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { StatementQueue } from "./statement-queue.ts";
import { type StatementResult, stopped } from "./statement-result.ts";

const A = { name: "A" };
const B = { name: "B" };
const LONG_MS = 60_000;

function openQueue(busyMs = LONG_MS) {
  const abandoned: object[] = [];
  const queue = new StatementQueue(busyMs, (holder) => abandoned.push(holder));
  const answers: Record<string, StatementResult> = {};
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  return {
    queue,
    abandoned,
    answers,
    answered,
    add(runner: object, sql: string): void {
      queue.add({
        statement: { placeId: "p", runner, kind: "exec", sql, params: null },
        answer(result) {
          answers[sql] = result;
          resolve();
        },
      });
    },
    take: () => queue.take()?.statement.sql,
  };
}

test("statements of one runner are handed out in their order, without waiting for answers", () => {
  const { add, take, queue } = openQueue();
  for (const sql of ["1", "2", "3"]) add(A, sql);
  expect([take(), take(), take(), take()]).toEqual(["1", "2", "3", undefined]);
  expect(queue.isIdle).toBe(false);
  for (let i = 0; i < 3; i++) queue.done();
  expect(queue.isIdle).toBe(true);
});

test("another runner's statement waits until those under way are answered, and is not overtaken", () => {
  const { add, take, queue } = openQueue();
  add(A, "a1");
  add(B, "b");
  add(A, "a2");
  expect([take(), take()]).toEqual(["a1", undefined]);
  expect([queue.isOutFor(A), queue.isOutFor(B)]).toEqual([true, false]);
  queue.done();
  expect([take(), take()]).toEqual(["b", undefined]);
  queue.done();
  expect(take()).toBe("a2");
});

test("while a runner has begun a transaction its own statements go first, and the others wait for its end", () => {
  const { add, take, queue, answers } = openQueue();
  add(A, "begin");
  take();
  queue.hold(A);
  queue.done();
  add(B, "b");
  add(A, "insert");
  expect([take(), take()]).toEqual(["insert", undefined]);
  queue.done();
  expect([take(), queue.isIdle]).toEqual([undefined, false]);
  queue.hold(undefined);
  expect(take()).toBe("b");
  expect(answers).toEqual({});
});

test("who waits too long while the other goes on with its transaction hears what SQLite says of a lock", async () => {
  const { add, take, queue, answers, answered, abandoned } = openQueue(1);
  queue.hold(A);
  add(B, "b");
  expect(take()).toBeUndefined();
  add(A, "insert");
  expect(take()).toBe("insert");
  await answered;
  const text = "database is locked";
  expect(JSON.parse(answers["b"]!.json)).toEqual({ code: "sql_error", error: text, message: text });
  expect([queue.hasWaiting, abandoned]).toEqual([false, []]);
});

test("a transaction that nothing is done about while another waits is reported, and who waits is not refused", async () => {
  const { add, take, queue, answers, abandoned } = openQueue(1);
  add(A, "begin");
  take();
  queue.hold(A);
  queue.done();
  add(B, "b");
  expect(take()).toBeUndefined();
  await eventually(() => expect(abandoned).toEqual([A]));
  queue.hold(undefined);
  expect(take()).toBe("b");
  expect(answers).toEqual({});
});

test("those that are refused are answered and gone; the others stay", () => {
  const { add, take, queue, answers } = openQueue();
  add(A, "a");
  add(B, "b");
  queue.refuse(stopped("over"), ({ statement }) => statement.runner === A);
  expect(answers).toEqual({ a: stopped("over") });
  expect([take(), take()]).toEqual(["b", undefined]);
});
