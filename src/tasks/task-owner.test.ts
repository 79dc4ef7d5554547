import { expect, test } from "vitest";
import { TASK_OWNER_SILENT_MS_MAX } from "../protocol/limits.ts";
import { newOwner, TaskOwners } from "./task-owner.ts";

const [, , SPACE] = newOwner().split(" ");
const ELSEWHERE = "1 1 another-container a";

function setUp() {
  const state = { nowMs: 1_000, sign: "a" as string | undefined };
  const owners = new TaskOwners(
    () => state.sign,
    () => state.nowMs,
  );
  return { state, isGone: (owner: string) => owners.isGone(owner) };
}

test("a host of this process lives, and one whose process has ended is gone at once", () => {
  const { isGone } = setUp();
  expect(isGone(newOwner())).toBe(false);
  expect(isGone(`999999999 1 ${SPACE} a`)).toBe(true);
});

test("a host in another container is gone when it gave no sign for longer than the limit", () => {
  const { state, isGone } = setUp();
  expect(isGone(ELSEWHERE)).toBe(false);
  state.nowMs += TASK_OWNER_SILENT_MS_MAX;
  expect(isGone(ELSEWHERE)).toBe(false);
  state.nowMs += 1;
  expect(isGone(ELSEWHERE)).toBe(true);
});

test("each sign counts anew, also of a host that was gone", () => {
  const { state, isGone } = setUp();
  expect(isGone(ELSEWHERE)).toBe(false);
  state.nowMs += TASK_OWNER_SILENT_MS_MAX;
  state.sign = "b";
  expect(isGone(ELSEWHERE)).toBe(false);
  state.nowMs += TASK_OWNER_SILENT_MS_MAX + 1;
  expect(isGone(ELSEWHERE)).toBe(true);
  state.sign = "c";
  expect(isGone(ELSEWHERE)).toBe(false);
});

test("that its signs were cleared away is none", () => {
  const { state, isGone } = setUp();
  expect(isGone(ELSEWHERE)).toBe(false);
  state.nowMs += TASK_OWNER_SILENT_MS_MAX + 1;
  state.sign = undefined;
  expect(isGone(ELSEWHERE)).toBe(true);
});

test("one that never gave a sign has as much time", () => {
  const { state, isGone } = setUp();
  state.sign = undefined;
  expect(isGone(ELSEWHERE)).toBe(false);
  state.nowMs += TASK_OWNER_SILENT_MS_MAX;
  expect(isGone(ELSEWHERE)).toBe(false);
  state.nowMs += 1;
  expect(isGone(ELSEWHERE)).toBe(true);
});
