// Tests a native plugin as its project says: each file of tests in a host of its own, the checks that hold for all plugins,
// and how the plugin behaves on older hosts.

import type { Project } from "../projects/project.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { abiMatrix } from "../testkit/abi-matrix.ts";
import type {
  HostVersion,
  KitReport,
  OpenPluginOptions,
  RecordedExchange,
  ScriptedModel,
  ToolResult,
} from "../testkit/api.ts";
import { closeWith } from "../testkit/close-with.ts";
import { openPlugin } from "../testkit/open-plugin.ts";
import { isPluginFault } from "../testkit/plugin-fault.ts";
import type { LoadedKit } from "../testkit/plugin-kit.ts";
import { type Difference, differences, differenceText, sequenceDifferences } from "./match-expected.ts";
import { behaviourRows, checksOf, failedLoad, hostRows } from "./native-checks.ts";
import type { ProjectTestReport, TestRow } from "./project-test-report.ts";
import type { ProjectTest, TestFile } from "./test-files.ts";

const HOSTS: readonly HostVersion[] = [1, 2, 3, 4, 5, 6];

export interface NativeTestOptions {
  readonly project: Project;
  readonly files: readonly TestFile[];
  /** The oldest host that the plugin is meant for. */
  readonly hostMin: HostVersion;
  readonly signal: AbortSignal;
}

type Found = Pick<ProjectTestReport, "checks" | "tests" | "abi">;

/** What the plugin does wrong is in the rows; throws what is wrong with the tests themselves, and `interrupted`. */
export async function runNativeTests({ project, files, hostMin, signal }: NativeTestOptions): Promise<Found> {
  const checks: TestRow[] = [];
  const tests: TestRow[] = [];
  const reports: KitReport[] = [];
  // Without a file of tests, the plugin is loaded all the same.
  const rounds: readonly Pick<TestFile, "name" | "tests">[] = files.length > 0 ? files : [{ name: "", tests: [] }];
  for (const [index, file] of rounds.entries()) {
    throwIfInterrupted(signal);
    let kit: LoadedKit;
    try {
      kit = await openFor(project, file, signal);
    } catch (error) {
      if (!isPluginFault(error)) throw error;
      return { checks: [...checks, failedLoad(error)], tests, abi: [] };
    }
    await using open = closeWith(kit, signal);
    if (index === 0) checks.push(...(await checksOf(kit)));
    for (const test of file.tests) tests.push(await runTest(kit, file.name, test, open.interrupted));
    throwIfInterrupted(signal);
    reports.push(await kit.report());
  }
  checks.push(...behaviourRows(reports));
  const abi = await abiMatrix(
    { project: project.folder, calls: callsOf(project, files), hosts: hostsFrom(hostMin) },
    signal,
  );
  throwIfInterrupted(signal);
  return { checks: [...checks, ...hostRows(abi)], tests, abi };
}

async function openFor(project: Project, file: Partial<TestFile>, signal: AbortSignal): Promise<LoadedKit> {
  const { config, agents, reaches, now, model, http } = file;
  const options: OpenPluginOptions = {
    project: project.folder,
    ...(config === undefined ? {} : { config }),
    ...(agents === undefined ? {} : { agents }),
    ...(reaches === undefined ? {} : { reaches }),
    ...(now === undefined ? {} : { now }),
    // Whoever reads scripts judges them.
    ...(model === undefined ? {} : { model: model as ScriptedModel }),
    ...(http === undefined ? {} : { http: http as readonly RecordedExchange[] }),
  };
  return await openPlugin(options, signal);
}

async function runTest(kit: LoadedKit, file: string, test: ProjectTest, interrupted: Promise<never>): Promise<TestRow> {
  const label = `${file}: ${test.name}`;
  try {
    const found = await Promise.race([differencesOf(kit, test), interrupted]);
    if (found.length === 0) return { code: "test", status: "ok", label, detail: "" };
    return { code: "test", status: "fail", label, detail: found.map(differenceText).join("\n") };
  } catch (error) {
    const { code, message, hint } = toHostError(error);
    if (code === "interrupted" || code === "internal") throw error;
    return { code: "test", status: "fail", label, detail: message, ...(hint === undefined ? {} : { hint }) };
  }
}

async function differencesOf(kit: LoadedKit, test: ProjectTest): Promise<Difference[]> {
  const { tool, route, host_calls = [], logs = [], events } = test;
  const agent = test.agent === undefined ? {} : { agent: test.agent };
  if (test.advance_ms !== undefined) kit.clock.advance(test.advance_ms);
  for (const [key, value] of Object.entries(test.config ?? {})) await kit.setConfig(key, value, agent);
  kit.forgetSeen();
  let seen: Pick<ToolResult, "hostCalls" | "logs"> = kit;
  let answer: unknown;
  if (tool !== undefined) {
    const consent = test.consent === undefined ? {} : { consent: test.consent };
    const result = await kit.call(tool, test.args, { ...agent, ...consent });
    answer = result.envelope;
    seen = result;
  } else if (route !== undefined) {
    answer = await answerOf(kit, { ...route, ...agent });
  }
  if (events !== undefined) await kit.tasks.idle();
  return [
    ...answerDifferences(test, answer),
    ...sequenceDifferences(host_calls, seen.hostCalls, "host_calls"),
    ...sequenceDifferences(logs, seen.logs, "logs"),
    ...sequenceDifferences(events ?? [], kit.events, "events"),
  ];
}

/** A test that does not say what is expected is of a call that succeeds. */
function answerDifferences({ tool, expect }: ProjectTest, answer: unknown): Difference[] {
  if (tool !== undefined) return differences(expect ?? { ok: true }, answer);
  const found = differences(expect ?? {}, answer);
  const { status } = answer as { status: number };
  if (status < STATUS_FAILED_MIN || isAboutStatus(expect)) return found;
  return [{ path: "status", expected: `below ${STATUS_FAILED_MIN}`, actual: status }, ...found];
}

/** Status codes from here on are failures. */
const STATUS_FAILED_MIN = 400;

function isAboutStatus(expect: unknown): boolean {
  return typeof expect === "object" && expect !== null && Object.hasOwn(expect, "status");
}

type TestRoute = NonNullable<ProjectTest["route"]> & { readonly agent?: string };

async function answerOf(kit: LoadedKit, { method, path, headers, body, as, agent }: TestRoute) {
  const isText = body === undefined || typeof body === "string";
  const type = isText ? {} : { "content-type": "application/json" };
  const response = await kit.route({
    path,
    headers: { ...type, ...headers },
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    ...(as === undefined ? {} : { as }),
    ...(agent === undefined ? {} : { agent }),
  });
  return { status: response.status, headers: response.headers, body: response.body, json: jsonOf(response.body) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One call of each tool that somebody tests or names in the project. */
function callsOf({ call }: Project, files: readonly TestFile[]) {
  const calls = new Map<string, Readonly<Record<string, unknown>>>();
  if (call !== undefined) calls.set(call.tool, call.args);
  for (const { tool, args = {} } of files.flatMap(({ tests }) => tests)) {
    if (tool !== undefined && !calls.has(tool)) calls.set(tool, args);
  }
  return [...calls].map(([tool, args]) => ({ tool, args }));
}

function hostsFrom(min: HostVersion): readonly HostVersion[] {
  return HOSTS.filter((host) => host >= min);
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new HostError("interrupted", "interrupted");
}
