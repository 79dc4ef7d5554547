import { expect, test } from "vitest";
import type { Activity } from "../protocol/activity.ts";
import { HELD_CHARS_MAX, HELD_ROWS_MAX } from "../protocol/limits.ts";
import { HeldRows } from "./held-rows.ts";

const ROW: Activity = {
  time: 1,
  pluginId: "file.so",
  agentId: undefined,
  kind: "log",
  method: "LOG",
  path: "",
  status: 200,
  durationMs: 0,
  request: null,
  response: null,
  traceId: undefined,
};

/** Rows that are kept, and a way to say that the name is known. */
function held() {
  const kept: Activity[] = [];
  const name = { isKnown: false };
  const rows = new HeldRows(
    () => !name.isKnown,
    (row) => kept.push(row),
  );
  return { rows, kept, name, names: () => kept.map(({ pluginId, path }) => `${pluginId} ${path}`) };
}

test("rows wait for the name, in order, and get it; later ones pass through", () => {
  const { rows, kept, name, names } = held();
  for (const path of ["a", "b"]) rows.record({ ...ROW, path });
  expect(kept).toEqual([]);
  name.isKnown = true;
  rows.release("test.one");
  rows.record({ ...ROW, path: "c" });
  rows.release("test.two");
  expect(names()).toEqual(["test.one a", "test.one b", "file.so c"]);
});

test("as many rows wait as may, and one more goes by the name that it has", () => {
  const { rows, kept, names } = held();
  for (let i = 0; i < HELD_ROWS_MAX; i++) rows.record(ROW);
  expect(kept).toEqual([]);
  rows.record({ ...ROW, path: "more" });
  expect(names()).toEqual(["file.so more"]);
});

test("as much text waits as may, and one character more does not; there is room again afterwards", () => {
  const { rows, kept, names } = held();
  rows.record({ ...ROW, request: "x".repeat(HELD_CHARS_MAX) });
  expect(kept).toEqual([]);
  rows.record({ ...ROW, path: "m" });
  expect(names()).toEqual(["file.so m"]);
  rows.release("test.one");
  rows.record({ ...ROW, path: "n" });
  expect(kept).toHaveLength(2);
});
