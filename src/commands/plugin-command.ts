// `osp <command> [args]`: runs a command of a process plugin and shows its answer.

import { formatOrderedJson, type OrderedJson } from "../base/ordered-json.ts";
import type { CommandResponse, ProcessHost, RunRequest } from "../host/process-host.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import { labelled } from "../terminal/labelled.ts";
import { type Look, lookOf } from "../terminal/look.ts";
import { printMessages, verbosity } from "../terminal/messages.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { PluginStderr } from "../terminal/plugin-stderr.ts";
import { type Format, printResult } from "../terminal/result.ts";
import type { GlobalOptions } from "./command.ts";
import { type HostFlags, peekRouting, splitHostFlags } from "./host-flags.ts";
import { openProcessHost } from "./open-process-host.ts";
import { COMMANDS } from "./tree.ts";

export interface PluginCommandInput {
  /** The name that Osprey was started under. */
  readonly program: string;
  readonly io: CommandIo;
  readonly global: GlobalOptions;
  /** Flags of the host's that stood before the command. */
  readonly leading: readonly string[];
  /** The command and everything behind it, untouched. */
  readonly words: readonly string[];
  /** Set to how a failure is to be reported, as soon as it is known whose `--json` it is. */
  readonly report: { json: boolean };
}

/** Runs the command; gives the exit code. The plugin's answer is printed, any failure but `ok: false` is thrown. */
export async function runPluginCommand(input: PluginCommandInput): Promise<number> {
  const { host, provider, flags, args } = await resolve(input);
  const { io, global } = input;
  const format: Format = flags.format ?? (global.json ? "json" : "auto");
  input.report.json = format === "json";
  const color = flags.color ?? global.color;
  const wish = { color, unicode: flags.unicode ?? ("auto" as const) };
  const upTo = verbosity(flags.verbosity);
  const stderr = new PluginStderr(io.stderr);
  const request: RunRequest = {
    provider,
    args,
    timeoutMs: flags.timeoutMs,
    onStderr: (text) => stderr.write(text),
    onEnded: (run) => {
      stderr.end();
      if (flags.debug > 0) printRun(io, run);
    },
    hints: {
      ...wish,
      format,
      verbosity: upTo,
      debugLevel: Math.min(flags.debug, 3) as 0 | 1 | 2 | 3,
      terminalKind: "cli",
      profile: "default",
    },
  };
  if (flags.wantsHelp) return await passOnHelp(host, request, io);
  const response = await host.run(request);
  const errLook = lookOf(io.stderr, io.env, wish);
  printMessages(io.stderr, response.messages, { upTo, look: errLook });
  if (response.error !== null) printRefusal(io, response.error, { look: errLook, withDetails: flags.verbosity > 0 });
  if (response.error !== null && format === "json") io.stdout.write(`${formatOrderedJson(refusal(response), 2)}\n`);
  else await printResult(io, response.data, response.meta, { format, look: lookOf(io.stdout, io.env, wish) });
  return response.error === null ? EXIT.done : EXIT.reportedFailure;
}

/**
 * Finds the provider and tells the host's flags from the plugin's. The two depend on each other: some flags say where
 * to look for plugins, and a plugin may declare a flag of just that name, which then was not for the host.
 */
async function resolve({ io, global, leading, words }: PluginCommandInput) {
  const [word = "", ...tokens] = words;
  if (word === "--") throw new HostError("usage_invalid", 'the command has to stand before "--"');
  const warned = new Set<string>();
  const find = async ({ pluginDirs, provider: override }: Pick<HostFlags, "pluginDirs" | "provider">) => {
    const host = await openProcessHost(io, [...global.pluginDirs, ...pluginDirs], { warned });
    const otherNames = COMMANDS.map((entry) => entry.words[0]!);
    const provider = await host.provider(word, { override, otherNames });
    return { host, provider, ...splitHostFlags(leading, tokens, provider.command) };
  };
  const peeked = peekRouting([...leading, ...tokens]);
  const found = await find(peeked);
  const { pluginDirs, provider } = found.flags;
  const isSame = provider === peeked.provider && pluginDirs.join("\0") === peeked.pluginDirs.join("\0");
  return isSame ? found : await find({ pluginDirs, provider });
}

/** The plugin's own help text and exit status. */
async function passOnHelp(host: ProcessHost, request: RunRequest, io: CommandIo): Promise<number> {
  const { text, exitCode } = await host.help(request);
  const clean = neutralise(text);
  io.stdout.write(clean === "" || clean.endsWith("\n") ? clean : `${clean}\n`);
  return exitCode;
}

type Refusal = NonNullable<CommandResponse["error"]>;

function printRefusal(
  io: CommandIo,
  error: Refusal,
  { look, withDetails }: { look: Look; withDetails: boolean },
): void {
  const text = `${error.code}: ${error.message}`;
  printMessages(io.stderr, [{ level: "error", text }], { upTo: "error", look });
  const { details } = error;
  const isEmpty = details === null || (details instanceof Map && details.size === 0);
  if (withDetails && !isEmpty) io.stderr.write(`${neutralise(formatOrderedJson(details, 2))}\n`);
}

/** What `--json` prints when the plugin reports a failure. */
function refusal({ error, messages, data }: CommandResponse): OrderedJson {
  const { code, message, details } = error!;
  const shownError: [string, OrderedJson][] = [
    ["code", code],
    ["message", message],
  ];
  if (details !== null) shownError.push(["details", details]);
  const shownMessages = messages.map(
    ({ level, text }) =>
      new Map([
        ["level", level],
        ["text", text],
      ]),
  );
  return new Map<string, OrderedJson>([
    ["ok", false],
    ["error", new Map(shownError)],
    ["messages", shownMessages],
    ["data", data],
  ]);
}

type EndedRun = Parameters<NonNullable<RunRequest["onEnded"]>>[0];

function printRun(io: CommandIo, { argv, ended, exitCode, signalCode, stdout, durationMs }: EndedRun): void {
  const how = ended !== "exited" ? ended : signalCode !== null ? `signal ${signalCode}` : `status ${exitCode}`;
  const line = argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
  io.stderr.write(labelled("debug", `ran ${line}`));
  io.stderr.write(labelled("debug", `${how}, ${Math.round(durationMs)} ms, ${stdout.length} bytes on stdout`));
}
