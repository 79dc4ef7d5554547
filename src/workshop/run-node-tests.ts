// Runs the test files of a project that are programs, with Node's test runner and the test kit of this program at hand.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod/mini";
import { packageRoot } from "../base/package-root.ts";
import { runProcess } from "../plugins/process/run-process.ts";
import { NODE_TESTS_MS_MAX, NODE_TESTS_OUTPUT_BYTES_MAX } from "../protocol/limits.ts";
import { makeScratchFolder } from "../testkit/scratch-folder.ts";
import type { TestRow } from "./project-test-report.ts";

const Line = z.object({
  name: z.string(),
  file: z.nullable(z.string()),
  line: z.nullable(z.number()),
  passed: z.boolean(),
  skipped: z.boolean(),
  problem: z.nullable(z.string()),
});

export interface NodeTestOptions {
  readonly folder: string;
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A row for each test. Throws `interrupted`; then nothing of them is left, not even what they put aside. */
export async function runNodeTests({ folder, files, env, signal }: NodeTestOptions): Promise<TestRow[]> {
  if (files.length === 0) return [];
  const helpers = join(packageRoot(), "bin/testkit");
  // Homes of plugins that are tested lie in it: should the tests be ended, they go with it.
  const scratch = makeScratchFolder("osprey-tests-");
  try {
    const outcome = await runProcess({
      path: process.execPath,
      args: [
        "--import",
        pathToFileURL(join(helpers, "register.mjs")).href,
        "--test",
        `--test-reporter=${pathToFileURL(join(helpers, "reporter.mjs")).href}`,
        ...files,
      ],
      // Node's runner marks its own children so; ours may be run by one.
      env: {
        ...env,
        OSPREY_TESTKIT: testkitUrl(),
        OSPREY_TESTS_OF: String(process.pid),
        TMPDIR: scratch.path,
        NODE_TEST_CONTEXT: undefined,
      },
      cwd: folder,
      timeoutMs: NODE_TESTS_MS_MAX,
      stdoutBytesMax: NODE_TESTS_OUTPUT_BYTES_MAX,
      signal,
    });
    const rows = rowsOf(outcome.stdout.toString("utf8"));
    if (outcome.ended === "exited" && (outcome.exitCode === 0 || rows.some(({ status }) => status === "fail")))
      return rows;
    const why =
      outcome.ended === "exited"
        ? `ended with ${outcome.exitCode ?? outcome.signalCode}`
        : outcome.ended === "timeout"
          ? `did not end within ${NODE_TESTS_MS_MAX} ms`
          : `printed more than ${NODE_TESTS_OUTPUT_BYTES_MAX} bytes`;
    const detail = `Node's test runner ${why}\n${outcome.stderrTail}`.trimEnd();
    return [...rows, { code: "node_test", status: "fail", label: "node --test", detail }];
  } finally {
    scratch.remove();
  }
}

function rowsOf(text: string): TestRow[] {
  return text.split("\n").flatMap((line): TestRow[] => {
    const parsed = Line.safeParse(jsonOf(line));
    if (!parsed.success) return [];
    const { name, file, line: place, passed, skipped, problem } = parsed.data;
    const label = file === null ? name : `${file}: ${name}`;
    if (passed) return [{ code: "node_test", status: "ok", label, detail: skipped ? "skipped" : "" }];
    const at = place === null ? "" : `line ${place}: `;
    return [{ code: "node_test", status: "fail", label, detail: `${at}${problem ?? "it failed"}`.trim() }];
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The kit that belongs to this program: its sources where those are what runs. */
function testkitUrl(): string {
  const isSource = import.meta.filename.endsWith(".ts");
  return pathToFileURL(join(packageRoot(), isSource ? "src/testkit/index.ts" : "dist/testkit.cjs")).href;
}
