import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// What Node compiles once is compiled for all of them: test files each have a process, and many start programs in
// TypeScript, some of them a hundred times. Programs that get an environment of their own are not told of it.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "build/compiled");

/** Files that take longest. They begin first: at the end, the other cores would have nothing to do but wait for them. */
const LONGEST = ["e2e/documents", "e2e/projects"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      LONGEST.some((name) => moduleId.endsWith(`test/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "programs", include: ["{test,scripts,examples}/**/*.test.ts"] } },
      // Hundreds of small files, each of which puts back what it changed: they share processes, because to start one takes as
      // long as most of these files run.
      { extends: true, test: { name: "units", include: ["{src,dashboard/src}/**/*.test.ts"], isolate: false } },
    ],
    globalSetup: ["test/helpers/build-fixtures.ts"],
    sequence: { sequencer: LongestFirst },
    // Most tests wait for other processes: with one file for each core, a third of the machine's time would be idle.
    maxWorkers: availableParallelism() + 1,
    // The machine may be busy: a test that hangs is caught, a slow one is not a failure.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The same for what is looked at again and again until it is so (test/helpers/eventually.ts has the other way).
    expect: { poll: { timeout: 10_000 } },
  },
});
