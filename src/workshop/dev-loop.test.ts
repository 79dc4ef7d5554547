// Rounds without a plugin: what is built and when, and what is said of it.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { readProject } from "../projects/project.ts";
import { DEV_BUILDING_MS, DEV_OWN_ROUNDS_MAX } from "../protocol/limits.ts";
import { type DevLoopOptions, develop, developOnce, type FinishedRound } from "./dev-loop.ts";

function workshop(build: string) {
  const folder = tempDir();
  const dev = { build: `mkdir -p build; : >build/hello.so; : >build/hello.dylib; ${build}`, library: "build/hello" };
  writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify({ plugin_id: "a.b", version: "1.0.0", dev }));
  const [rounds, warnings]: [FinishedRound[], string[]] = [[], []];
  const user = new AbortController();
  const target = { serve: async () => ({ version: "1.0.0+dev", tools: [], notes: [] }), end: async () => undefined };
  const options: DevLoopOptions = {
    project: readProject(folder),
    target,
    env: process.env,
    signal: user.signal,
    tryOut: async () => {},
    onRound: (round) => void rounds.push(round),
    onWarning: (text) => void warnings.push(text),
  };
  const start = (changes: Partial<DevLoopOptions> = {}) => {
    const working = develop({ ...options, ...changes });
    onTestFinished(async () => {
      user.abort();
      await working;
    });
  };
  return { folder, rounds, warnings, options, start, at: (name: string) => join(folder, name) };
}

test("a build that writes another text into a source each time is not repeated for ever, and the file is named", async () => {
  const { start, rounds, warnings, at } = workshop("echo x >>build/count; cp build/count made.h");
  start();
  await eventually(() => expect(warnings).toHaveLength(1));
  expect(warnings[0]).toContain("made.h");
  // The first one, and those that nobody but the build asked for.
  expect(rounds).toHaveLength(1 + DEV_OWN_ROUNDS_MAX);
  writeFileSync(at("source.c"), "x");
  await eventually(() => expect(rounds).toHaveLength(2 + DEV_OWN_ROUNDS_MAX));
  expect(warnings).toHaveLength(1);
});

test("what new code writes into the project when it is called is no save either", async () => {
  const { start, rounds, warnings, at } = workshop("true");
  let calls = 0;
  start({
    async tryOut() {
      calls += 1;
      writeFileSync(at("calls.log"), `${calls}`);
    },
  });
  await eventually(() => expect(warnings).toHaveLength(1));
  expect(warnings[0]).toContain("calls.log");
  expect(rounds).toHaveLength(1 + DEV_OWN_ROUNDS_MAX);
});

test("what is saved in place during a build and during the next one is built both times", async () => {
  // Each build reads the source, says so, and goes on when it is told to.
  const wait = 'n=$(cat build/n 2>/dev/null); n=x$n; echo $n >build/n; until [ -e "build/go$n" ]; do sleep 0.01; done';
  const { start, rounds, at } = workshop(`cat source.c >build/read; ${wait}`);
  writeFileSync(at("source.c"), "first");
  const number = (round: number) => "x".repeat(round + 1);
  const began = (round: number) =>
    eventually(() =>
      expect(existsSync(at("build/n")) && readFileSync(at("build/n"), "utf8").trim()).toBe(number(round)),
    );
  start();
  for (const [round, text] of ["second", "third"].entries()) {
    await began(round);
    writeFileSync(at("source.c"), text);
    writeFileSync(at(`build/go${number(round)}`), "");
  }
  await began(2);
  writeFileSync(at(`build/go${number(2)}`), "");
  await eventually(() => expect(rounds).toHaveLength(3));
  expect(readFileSync(at("build/read"), "utf8")).toBe("third");
});

test("of a build that went well only what are warnings is told as warnings", async () => {
  const { options, rounds } = workshop("echo 'a.c:1:2: warning: so so'; echo 'a.c:3:4: error: tried only'");
  await developOnce(options);
  expect(rounds).toMatchObject([{ round: { warnings: [{ line: 1, severity: "warning", message: "so so" }] } }]);
});

test("of a build that takes its time it is said once that it runs, and not before", async () => {
  const { options, at } = workshop("until [ -e build/go ]; do sleep 0.01; done");
  let said = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const over = developOnce({ ...options, onSlow: () => void said++ });
  vi.advanceTimersByTime(DEV_BUILDING_MS - 1);
  expect(said).toBe(0);
  vi.advanceTimersByTime(2 * DEV_BUILDING_MS);
  expect(said).toBe(1);
  vi.useRealTimers();
  await eventually(() => {
    writeFileSync(at("build/go"), "");
  });
  await over;
  expect(said).toBe(1);
});

test("of a build that is over it is not said any more that it runs", async () => {
  const [set, clear] = [vi.spyOn(globalThis, "setTimeout"), vi.spyOn(globalThis, "clearTimeout")];
  onTestFinished(() => void vi.restoreAllMocks());
  await developOnce(workshop("true").options);
  const made = set.mock.calls.findIndex(([, ms]) => ms === DEV_BUILDING_MS);
  expect(clear).toHaveBeenCalledWith(set.mock.results[made]!.value);
});
