// Tests a process plugin as its project says: its description, and what its commands answer when they are run as `osp` runs
// them, in a home that is nobody's.

import { dirname } from "node:path";
import { toPlain } from "../base/ordered-json.ts";
import { createHost } from "../host/create-host.ts";
import type { ProcessHost } from "../host/process-host.ts";
import { describePlugin } from "../plugins/process/describe.ts";
import type { RuntimeHints } from "../plugins/process/plugin-environment.ts";
import type { Project } from "../projects/project.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { makeTestHome, type TestHome } from "../testkit/test-home.ts";
import { differences, differenceText } from "./match-expected.ts";
import type { ProjectTestReport, TestRow } from "./project-test-report.ts";
import type { ProjectTest, TestFile } from "./test-files.ts";

export interface ProcessTestOptions {
  readonly project: Project;
  readonly files: readonly TestFile[];
  readonly signal: AbortSignal;
}

/** What the plugin does wrong is in the rows; throws `interrupted`. */
export async function runProcessTests(options: ProcessTestOptions): Promise<Omit<ProjectTestReport, "pluginId">> {
  const { project, files, signal } = options;
  const home = makeTestHome();
  try {
    const described = await describeRow(project, home, signal);
    if (described.status === "fail") return { checks: [described], tests: [], abi: [] };
    const tests: TestRow[] = [];
    for (const file of files) {
      for (const test of file.tests) tests.push(await runTest(project, home, file.name, test, signal));
    }
    return { checks: [described], tests, abi: [] };
  } finally {
    home.remove();
  }
}

async function describeRow({ output, folder }: Project, { env }: TestHome, signal: AbortSignal): Promise<TestRow> {
  const code = "description";
  const label = "--describe says what the plugin offers";
  const { description, error } = await describePlugin({ path: output, env, cwd: folder, signal });
  if (error !== null) {
    const { message, hint } = error;
    return { code, status: "fail", label, detail: message, ...(hint === undefined ? {} : { hint }) };
  }
  const names = description?.commands.map(({ name }) => name) ?? [];
  return { code, status: "ok", label, detail: names.join(", ") };
}

async function runTest(
  project: Project,
  home: TestHome,
  file: string,
  test: ProjectTest,
  signal: AbortSignal,
): Promise<TestRow> {
  const label = `${file}: ${test.name}`;
  const failed = (detail: string): TestRow => ({ code: "test", status: "fail", label, detail });
  const passed: TestRow = { code: "test", status: "ok", label, detail: "" };
  try {
    const answer = await answerOf(project, home, test, signal);
    if (test.error !== undefined) return failed(`expected the failure ${test.error}, got an answer`);
    const found = differences(test.expect ?? { ok: true }, answer);
    return found.length === 0 ? passed : failed(found.map(differenceText).join("\n"));
  } catch (error) {
    const { code, message } = toHostError(error);
    if (!(error instanceof HostError) || code === "interrupted") throw error;
    if (code === test.error) return passed;
    return failed(
      test.error === undefined ? `${message} (${code})` : `expected the failure ${test.error}, got ${code}: ${message}`,
    );
  }
}

/** A host for each test: its environment is the test's own. */
async function answerOf(
  { folder, output, pluginId }: Project,
  { env, paths }: TestHome,
  { command, argv = [], env: more }: ProjectTest,
  signal: AbortSignal,
): Promise<unknown> {
  const host = createHost({
    paths,
    env: { ...env, ...more },
    cwd: folder,
    pluginDirs: [dirname(output)],
    useDefaults: true,
    signal,
  });
  const processes: ProcessHost = await host.processes();
  const provider = await processes.provider(command!, {});
  if (provider.plugin.path !== output) {
    throw new HostError("test_invalid", `"${command}" is served by ${provider.plugin.path}, not by "${pluginId}"`);
  }
  const { data, error, messages, meta } = await processes.run({ provider, args: argv, hints: HINTS });
  const failure = error && { ...error, details: toPlain(error.details) };
  return { ok: error === null, data: toPlain(data), error: failure, messages, meta };
}

/** Nobody looks on. */
const HINTS: RuntimeHints = {
  verbosity: "info",
  debugLevel: 0,
  format: "json",
  color: "never",
  unicode: "auto",
  terminalKind: "cli",
  profile: "default",
};
