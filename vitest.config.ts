import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// What Node compiles once is compiled for all of them: test files each have a process, and many start programs in
// TypeScript, some of them a hundred times. Programs that get an environment of their own are not told of it.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "build/compiled");

export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "test/**/*.test.ts",
      "scripts/**/*.test.ts",
      "examples/**/*.test.ts",
      "dashboard/src/**/*.test.ts",
    ],
    globalSetup: ["test/helpers/build-fixtures.ts"],
    // Most tests wait for other processes: with one file for each core, a third of the machine's time would be idle.
    maxWorkers: availableParallelism() + 1,
    // The machine may be busy: a test that hangs is caught, a slow one is not a failure.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The same for what is looked at again and again until it is so (test/helpers/eventually.ts has the other way).
    expect: { poll: { timeout: 10_000 } },
  },
});
