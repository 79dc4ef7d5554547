import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { TASK_OWNER_SIGN_MS, TASK_OWNER_SILENT_MS_MAX } from "../protocol/limits.ts";
import { newOwner } from "../tasks/task-owner.ts";
import { areTasksLeft, TaskMarks } from "./task-marks.ts";

const [, , SPACE] = newOwner().split(" ");

afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const paths = { data: tempDir() };
  const folder = join(paths.data, "run", "tasks");
  const clock = { nowMs: 0 };
  const marks = (owner = newOwner()) => {
    const mark = new TaskMarks(paths, owner, () => clock.nowMs);
    onTestFinished(() => mark.end(false));
    return mark;
  };
  /** A host of which nothing is left but its mark. */
  const leave = (name: string, owner: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), owner);
  };
  return { paths, folder, clock, marks, leave, names: () => readdirSync(folder).sort() };
}

test("where nobody ever had tasks, nothing is left", () => {
  expect(areTasksLeft(setUp().paths)).toBe(false);
});

test("a host that runs has left nothing, and one that told everything takes its mark away", () => {
  const { paths, marks, names } = setUp();
  const mark = marks();
  mark.set();
  mark.set();
  expect(names()).toHaveLength(1);
  expect(areTasksLeft(paths)).toBe(false);
  mark.end(false);
  expect(names()).toEqual([]);
});

test("however many hosts leave something, one file says so, until somebody has told everything", () => {
  const { paths, marks, names } = setUp();
  for (let n = 0; n < 3; n++) {
    const one = marks();
    one.set();
    one.end(true);
  }
  expect(names()).toEqual(["left"]);
  expect(areTasksLeft(paths)).toBe(true);
  const looks = marks();
  looks.end(true);
  expect(areTasksLeft(paths)).toBe(true);
  const other = marks();
  other.set();
  looks.end(false);
  expect(areTasksLeft(paths)).toBe(false);
  expect(names()).toHaveLength(1);
});

test("a host that was killed has left something, and its mark goes with the next host that ends", () => {
  const { paths, marks, leave, names } = setUp();
  leave("x", `999999999 1 ${SPACE} x`);
  expect(areTasksLeft(paths)).toBe(true);
  const next = marks();
  next.set();
  next.end(true);
  expect(names()).toEqual(["left"]);
  expect(areTasksLeft(paths)).toBe(true);
});

test("a file that was taken away in this moment does not hide the others", () => {
  const { paths, folder, leave } = setUp();
  leave("z", `999999999 1 ${SPACE} z`);
  // What is read of it is what is read of a file that is gone.
  symlinkSync("nowhere", join(folder, "a"));
  expect(areTasksLeft(paths)).toBe(true);
});

test("a host that has tasks gives signs of life, also when somebody took its mark away", () => {
  const { folder, marks, names } = setUp();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const mark = marks();
  mark.set();
  const [name] = names();
  const file = join(folder, name!);
  utimesSync(file, 1, 1);
  vi.advanceTimersByTime(TASK_OWNER_SIGN_MS - 1);
  expect(statSync(file).mtimeMs).toBe(1_000);
  vi.advanceTimersByTime(1);
  expect(statSync(file).mtimeMs).toBeGreaterThan(1_000);
  rmSync(file);
  vi.advanceTimersByTime(TASK_OWNER_SIGN_MS);
  expect(names()).toEqual([name]);
  mark.end(false);
  expect(vi.getTimerCount()).toBe(0);
  expect(names()).toEqual([]);
});

test("a host in another container lives as long as it gives signs, and then its mark goes", () => {
  const { folder, clock, marks, leave, names } = setUp();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const owner = "1 1 another-container elsewhere";
  leave("elsewhere", owner);
  const here = marks();
  here.set();
  expect(here.isGone(owner)).toBe(false);
  clock.nowMs += TASK_OWNER_SILENT_MS_MAX;
  utimesSync(join(folder, "elsewhere"), 1, 1);
  expect(here.isGone(owner)).toBe(false);
  clock.nowMs += TASK_OWNER_SILENT_MS_MAX;
  vi.advanceTimersByTime(TASK_OWNER_SIGN_MS);
  expect(names()).toContain("elsewhere");
  clock.nowMs += 1;
  vi.advanceTimersByTime(TASK_OWNER_SIGN_MS);
  expect(here.isGone(owner)).toBe(true);
  expect(names()).not.toContain("elsewhere");
  expect(names()).toContain("left");
});

test("a folder that cannot be used keeps nobody from working", () => {
  const { paths, marks } = setUp();
  writeFileSync(join(paths.data, "run"), "");
  const mark = marks();
  mark.set();
  expect(areTasksLeft(paths)).toBe(false);
  mark.end(true);
});
