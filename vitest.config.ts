import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// What Node compiles once is compiled for all of them: test files each have a process, and many start programs in
// TypeScript, some of them a hundred times. Programs that get an environment of their own are not told of it.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "build/compiled");

/** Files that take longest. They begin first: at the end, the other cores would have nothing to do but wait for them. */
const LONGEST = ["e2e/documents", "e2e/projects"];

/** A process goes on with the next file only when that is of the same kind: so each kind has its files one after the other. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      LONGEST.some((name) => moduleId.endsWith(`test/${name}.test.ts`));
    const isUnit = ({ project }: TestSpecification) => project.name === "units";
    const [units, programs] = [sorted.filter(isUnit), sorted.filter((file) => !isUnit(file))];
    return [...programs.filter(isLong), ...programs.filter((file) => !isLong(file)), ...units];
  }
}

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "programs",
          include: ["{test,scripts,examples}/**/*.test.ts"],
          // Node itself runs them and what they load, as it runs the program: Vite takes a good part of a second a file for
          // that. Nothing is replaced in them (vi.mock), which only Vite could do.
          experimental: { viteModuleRunner: false, nodeLoader: false },
        },
      },
      { extends: true, test: { name: "units", include: ["{src,dashboard/src}/**/*.test.ts"] } },
    ],
    // Each file puts back what it changed: they share processes, because to start one takes as long as most files run.
    isolate: false,
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
