// What `tools dev` says of each round, to people and to programs.

import type { HostError } from "../protocol/errors.ts";
import { visibleJson } from "../protocol/visible-text.ts";
import type { CommandIo } from "../terminal/io.ts";
import { harmlessLines, printLabelled } from "../terminal/labelled.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { type BuildMistake, mistakeText } from "../workshop/build-mistakes.ts";
import type { FinishedRound } from "../workshop/dev-loop.ts";
import type { CalledBuild } from "./dev-call.ts";

type Serving = Extract<FinishedRound, { state: "serving" }>;
type Failed = Extract<FinishedRound, { state: "failed" }>;

export function builtRow({ round, readyMs, state }: Serving, called: CalledBuild | undefined) {
  const { pluginId, version, builtMs, loadedMs, tools, warnings, notes } = round;
  return {
    plugin_id: pluginId,
    version,
    dev: true,
    state,
    built_ms: builtMs === undefined ? null : Math.round(builtMs),
    loaded_ms: Math.round(loadedMs),
    ready_ms: Math.round(readyMs),
    tools,
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(called === undefined ? {} : { call: { tool: called.tool, exit_code: called.exitCode, ...called.envelope } }),
  };
}

export function failedRow({ error, state }: Failed, pluginId: string) {
  return { plugin_id: pluginId, dev: true, state, ...error.toBody() };
}

/** `built 412 ms, loaded 31 ms: dev.example.hello 0.1.0+dev serves 460 ms after the save`. */
export function printBuilt(io: CommandIo, { round, readyMs, isFirst }: Serving, called: CalledBuild | undefined): void {
  const { pluginId, version, builtMs, loadedMs, warnings } = round;
  for (const warning of warnings) printLabelled(io.stderr, "warning", mistakeText(warning));
  const built = builtMs === undefined ? "nothing to build" : `built ${Math.round(builtMs)} ms`;
  const since = isFirst ? `serves after ${Math.round(readyMs)} ms` : `serves ${Math.round(readyMs)} ms after the save`;
  const line = `${built}, loaded ${Math.round(loadedMs)} ms: ${pluginId} ${version} ${since}`;
  io.stdout.write(`${harmlessLines(line)}\n`);
  if (called !== undefined) printCall(io, called);
}

/** Mistakes first, with file and line; then the end of what the build printed, where all of it may stand. */
export function printFailed(io: CommandIo, error: HostError): void {
  const { code, message, hint } = error;
  printWhere(io, error);
  printLabelled(io.stderr, "error", `${message} [${code}]`);
  if (hint !== undefined) printLabelled(io.stderr, "help", hint);
}

/** The same without the error itself, for whoever hands that on. */
export function printWhere(io: CommandIo, { details }: HostError): void {
  const mistakes = (details?.["mistakes"] ?? []) as readonly BuildMistake[];
  for (const mistake of mistakes) io.stderr.write(`${harmlessLines(mistakeText(mistake))}\n`);
  const output = details?.["output"];
  if (typeof output === "string" && output !== "") {
    io.stderr.write(`${neutralise(lastLines(output, mistakes.length > 0))}\n`);
  }
  const stack = details?.["stack"];
  if (Array.isArray(stack)) io.stderr.write(`${harmlessLines(stack.map((line) => `  ${line}`).join("\n"))}\n`);
}

const LINES_SHOWN_MAX = 30;
/** Where the mistakes were listed already, their end is enough. */
const LINES_BESIDE_MISTAKES_MAX = 12;

function lastLines(output: string, isListed: boolean): string {
  const lines = output.trimEnd().split("\n");
  const max = isListed ? LINES_BESIDE_MISTAKES_MAX : LINES_SHOWN_MAX;
  return (lines.length > max ? ["…", ...lines.slice(-max)] : lines).join("\n");
}

function printCall(io: CommandIo, { tool, exitCode, envelope, said }: CalledBuild): void {
  if (exitCode === 0 && envelope !== undefined) {
    io.stdout.write(`${harmlessLines(`${tool}: ${JSON.stringify(visibleJson(envelope["result"] ?? null))}`)}\n`);
  } else if (envelope === undefined) io.stderr.write(`${neutralise(said.trimEnd())}\n`);
  else printLabelled(io.stderr, "error", `${tool}: ${failureText(envelope)}`);
}

function failureText({ error, message }: Record<string, unknown>): string {
  const { message: inner, code } = (typeof error === "object" ? error : {}) as { message?: unknown; code?: unknown };
  const text = String(inner ?? message ?? error ?? "it failed");
  return code === undefined ? text : `${text} [${String(code)}]`;
}
