import { expect, test, vi } from "vitest";
import { BuildWrites } from "./build-writes.ts";

function writes() {
  let now = 1_000_000;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now);
  const own = new BuildWrites();
  return {
    [Symbol.dispose]: () => clock.mockRestore(),
    build(): number {
      own.began();
      const middle = now + 500;
      now += 1_000;
      own.ended();
      now += 1_000;
      return middle;
    },
    now: () => now,
    left: (files: Readonly<Record<string, number>>) => {
      const entries = new Map(Object.entries(files));
      const change = own.without({ files: entries, savedAt: Math.max(...entries.values()) });
      return change && [...change.files.keys()];
    },
  };
}

test("a file that each build writes brings about one more build and no third one", () => {
  using project = writes();
  const first = project.build();
  expect(project.left({ lock: first })).toEqual(["lock"]);
  const second = project.build();
  expect(project.left({ lock: second })).toBeUndefined();
});

test("the lock file of a package manager that a build writes brings about none, and one that somebody saves does", () => {
  using project = writes();
  expect(project.left({ "/p/Cargo.lock": project.build() })).toBeUndefined();
  expect(project.left({ "/p/Cargo.lock": project.now() })).toEqual(["/p/Cargo.lock"]);
});

test("such a file still counts when somebody saves it between builds, and so does all else", () => {
  using project = writes();
  project.left({ lock: project.build() });
  const during = project.build();
  expect(project.left({ lock: during, source: project.now() })).toEqual(["source"]);
  expect(project.left({ lock: project.now() })).toEqual(["lock"]);
});

test("a file that somebody saves during a build is built, also when that happens twice with other changes in between", () => {
  using project = writes();
  expect(project.left({ source: project.build() })).toEqual(["source"]);
  project.build();
  expect(project.left({ other: project.now() })).toEqual(["other"]);
  expect(project.left({ source: project.build() })).toEqual(["source"]);
});
