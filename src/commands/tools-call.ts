// osaurus tools call: one tool of a plugin, from the terminal.

import { formatOrderedJson, type JsonObject, parseOrderedJson } from "../base/ordered-json.ts";
import type { Host, HostOptions } from "../host/create-host.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { APPROVAL_COMMAND_MS, TIMEOUT_SECONDS_MAX } from "../protocol/limits.ts";
import { printFailureLines } from "../terminal/failure-lines.ts";
import type { CommandIo } from "../terminal/io.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { agentOption } from "./agent-option.ts";
import { consentPrompt } from "./ask-tool-consent.ts";
import { CALL_OPTIONS } from "./call-options.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { parseTimeoutMs } from "./parse-timeout.ts";
import type { Settings } from "./settings.ts";
import { showToolResult } from "./show-tool-result.ts";
import { withHost } from "./with-host.ts";

export const toolsCall: Command = {
  usage: "PLUGIN TOOL [--args JSON] | --library LIB TOOL [--args JSON]",
  about:
    "Calls one tool of a plugin and prints its result. A command of a process plugin is named as models name it, or with all of its words as one.",
  positionals: { min: 1, max: 2 },
  options: {
    args: { type: "string", value: "JSON", about: 'the arguments as a JSON object; "-" reads them from stdin' },
    library: { type: "string", value: "LIB", about: "load this library, which need not be installed" },
    ...CALL_OPTIONS,
  },
  // A library that is not installed is nobody's but whoever names it.
  isResident: ({ options }) => options["library"] === undefined,
  pipesItself: true,
  async run(input) {
    const library = textOption(input, "library");
    const [first, second] = input.positionals;
    const [pluginId, tool] = library === undefined ? [first, second] : [undefined, first];
    if (tool === undefined)
      throw usage("name the plugin and the tool", 'for example "osaurus tools call my.plugin my_tool"');
    if (library !== undefined && second !== undefined) throw usage("with --library only the tool is named");
    const target = library === undefined ? { pluginId: pluginId! } : { library };
    const settings = await input.settings();
    const typed = { ...target, tool, text: await argumentsText(input) };
    return await callFromTerminal(input, typed, (outcome) => report(input, settings, outcome));
  },
};

interface TypedCall {
  /** Of an installed plugin, or of a process plugin; otherwise `library` is the path of a native one. */
  readonly pluginId?: string;
  readonly library?: string;
  readonly tool: string;
  /** The arguments, JSON text. */
  readonly text: string;
  /** The tool's arguments as somebody may see them who is asked whether it may run. */
  readonly shown?: (input: string) => string;
}

/**
 * Makes a call as the options `agent`, `timeout`, `yes` and `approval-timeout` say, and reports it at once: tasks that the
 * tool began may go on for long before the host ends.
 */
export async function callFromTerminal(
  input: CommandInput,
  typed: TypedCall,
  report: (outcome: Outcome) => Promise<number>,
): Promise<number> {
  const { io } = input;
  const { pluginId, library, tool, text } = typed;
  const timeout = textOption(input, "timeout");
  const timeoutMs = timeout === undefined ? undefined : parseTimeoutMs(timeout);
  const waitMs = approvalMs(input);
  const call = {
    input: text,
    agentId: await agentOption(input),
    consent: input.options["yes"] === true ? "given" : waitMs === 0 ? "refused" : undefined,
    signal: io.signal,
  } as const;
  const settings = await input.settings();
  const beganAt = performance.now();
  const leftMs = (whole: number) => Math.max(1, whole - (performance.now() - beganAt));
  const make = async (host: Host) => {
    if (library === undefined) {
      const { typedCall } = await import("../host/typed-call.ts");
      const bounded = timeoutMs === undefined ? call : { ...call, timeoutMs };
      return await typedCall(host, { pluginId: pluginId!, tool }, bounded);
    }
    const native = await host.native();
    const plugin = await native.loadLibrary(library, { loadMs: timeoutMs });
    if (timeoutMs === undefined) return await native.callTool(plugin, { ...call, tool });
    // What loading took is no longer there for the call.
    return await native.callTool(plugin, { ...call, tool, timeoutMs: leftMs(timeoutMs) });
  };
  const use = async (host: Host) => {
    const outcome = await make(host);
    // What came out after the interruption is the interruption's doing.
    if (io.signal.aborted) throw new HostError("interrupted", "interrupted");
    return await report(outcome);
  };
  const { config } = settings;
  const tasksMs = timeoutMs === undefined ? {} : { tasksMs: () => leftMs(timeoutMs) };
  return await withHost(io, input.flags, use, {
    config,
    consent: consentOptions(io, settings, waitMs, typed),
    ...tasksMs,
  });
}

/** How long the call waits for consent; nothing when the user did not say. */
function approvalMs(input: CommandInput): number | undefined {
  const text = textOption(input, "approval-timeout");
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= TIMEOUT_SECONDS_MAX) return Math.round(seconds * 1000);
  throw usage(`--approval-timeout takes seconds, at most ${TIMEOUT_SECONDS_MAX}, not "${text}"`);
}

type ConsentOptions = NonNullable<HostOptions["consent"]>;

/** Whoever sits at the terminal is asked; otherwise somebody in another one has to be, and is told how. */
function consentOptions(
  io: CommandIo,
  settings: Settings,
  waitMs: number | undefined,
  { pluginId: calledId, tool, shown }: TypedCall,
): ConsentOptions {
  const askDirectly = consentPrompt(io, ({ pluginId, toolId, input }) =>
    shown !== undefined && pluginId === calledId && toolId === tool ? shown(input) : input,
  );
  if (askDirectly !== undefined) return { askDirectly, ...(waitMs === undefined ? {} : { waitMs }) };
  return {
    waitMs: waitMs ?? APPROVAL_COMMAND_MS,
    onWaiting({ id, pluginId, toolId }) {
      const what = `"${toolId}" of "${pluginId}" waits for consent`;
      const how = `osaurus approvals allow ${id}" or "osaurus approvals deny ${id}`;
      notify(io, settings, "info", `${what}; in another terminal, "${how}" answers`);
    },
  };
}

export type Outcome = Awaited<ReturnType<Awaited<ReturnType<Host["native"]>>["callTool"]>>;

async function report(input: CommandInput, settings: Settings, outcome: Outcome): Promise<number> {
  const { io, flags } = input;
  const { envelope, breakdown } = outcome;
  const result = outcome.exactResult();
  // Stages work on the result; a failure is told as ever.
  const printsEnvelope = settings.json && (flags.stages === undefined || !envelope.ok);
  if (printsEnvelope) {
    const document = parseOrderedJson(JSON.stringify(envelope)) as JsonObject;
    if (result !== undefined) document.set("result", result);
    io.stdout.write(`${formatOrderedJson(document)}\n`);
  }
  if (outcome.edited !== undefined)
    notify(io, settings, "info", `the call was allowed with other arguments: ${outcome.edited}`);
  if (outcome.suspected) notify(io, settings, "warning", "the tool's answer reads like a failure in the wrong form");
  if (envelope.ok) {
    if (printsEnvelope) return EXIT.done;
    await showToolResult(input, settings, result ?? null);
    if (envelope.summary !== undefined) io.stderr.write(`${neutralise(envelope.summary)}\n`);
    return EXIT.done;
  }
  printFailureLines(io, envelope.message, envelope.code ?? envelope.kind, breakdown?.hint);
  return breakdown?.exitCode ?? EXIT.reportedFailure;
}

/** What `--args` says, as JSON text. Throws `usage_invalid` when it is none. */
export async function argumentsText(input: Pick<CommandInput, "io" | "options">): Promise<string> {
  const given = textOption(input, "args") ?? "{}";
  const text = (given === "-" ? await input.io.readStdin() : given).replace(/^\ufeff/, "");
  if (text.trim() === "") return "{}";
  try {
    JSON.parse(text);
  } catch (error) {
    throw usage(`--args is not JSON: ${(error as Error).message}`, `for example --args '{"path": "data.csv"}'`);
  }
  return text;
}

function usage(message: string, hint?: string): HostError {
  return new HostError("usage_invalid", message, hint === undefined ? {} : { hint });
}
