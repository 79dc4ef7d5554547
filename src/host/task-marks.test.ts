import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { newOwner } from "../tasks/task-owner.ts";
import { areTasksLeft, TaskMarks } from "./task-marks.ts";

function setUp() {
  const paths = { data: tempDir() };
  const folder = join(paths.data, "run", "tasks");
  return { paths, folder, marks: () => new TaskMarks(paths, newOwner()) };
}

test("where nobody ever had tasks, nothing is left", () => {
  expect(areTasksLeft(setUp().paths)).toBe(false);
});

test("a host that runs has left nothing, and one that told everything takes its mark away", () => {
  const { paths, folder, marks } = setUp();
  const mark = marks();
  mark.set();
  mark.set();
  expect(readdirSync(folder)).toHaveLength(1);
  expect(areTasksLeft(paths)).toBe(false);
  mark.end(false);
  expect(readdirSync(folder)).toEqual([]);
});

test("what a host leaves is there until somebody has told everything", () => {
  const { paths, folder, marks } = setUp();
  const first = marks();
  first.set();
  first.end(true);
  expect(areTasksLeft(paths)).toBe(true);
  const looks = marks();
  looks.end(true);
  expect(areTasksLeft(paths)).toBe(true);
  const other = marks();
  other.set();
  looks.end(false);
  expect(areTasksLeft(paths)).toBe(false);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a host that was killed has left something", () => {
  const { paths, folder } = setUp();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "x"), `999999999 1 ${newOwner().split(" ")[2]} y`);
  expect(areTasksLeft(paths)).toBe(true);
});

test("a folder that cannot be used keeps nobody from working", () => {
  const { paths } = setUp();
  writeFileSync(join(paths.data, "run"), "");
  const mark = new TaskMarks(paths, newOwner());
  mark.set();
  expect(areTasksLeft(paths)).toBe(false);
});
