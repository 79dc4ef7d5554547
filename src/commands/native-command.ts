// `osp PLUGIN TOOL --flag value`: calls a tool of a native plugin as if it were a command. Loaded only for words that no
// process plugin offers.

import { parseOrderedJson } from "../base/ordered-json.ts";
import { type Paths, resolvePaths } from "../base/paths.ts";
import {
  nativePluginNamed,
  nearestNative,
  refuseChanged,
  rememberedManifest,
  toolNamed,
} from "../host/native-commands.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { printFailureLines } from "../terminal/failure-lines.ts";
import { jsonLine } from "../terminal/json-text.ts";
import { lookOf } from "../terminal/look.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { askMissingSecrets } from "./ask-missing-secrets.ts";
import type { CommandInput } from "./command.ts";
import { nativeOwner } from "./native-arguments.ts";
import { toolFlags } from "./native-flags.ts";
import { withoutSecrets } from "./native-secrets.ts";
import { notify } from "./notify.ts";
import type { PluginCommandInput } from "./plugin-command.ts";
import { readNativeCall, type TypedTool } from "./read-native-call.ts";
import { type Settings, settingsFor } from "./settings.ts";
import { showGuide } from "./show-guide.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { showToolResult } from "./show-tool-result.ts";
import { splitLine, takeLeadingFlags } from "./split-line.ts";
import { callFromTerminal, type Outcome } from "./tools-call.ts";
import { withHost } from "./with-host.ts";

interface NativeCommandInput extends PluginCommandInput {
  /** Has the whole line run by the host that runs on; nothing when there is none. */
  handOver(): Promise<number | undefined>;
}

/** Runs the command; gives the exit code, and nothing when no installed plugin goes by the first word. */
export async function runNativeCommand(input: NativeCommandInput): Promise<number | undefined> {
  const { program, io, flags, words, times } = input;
  const [word = "", ...rest] = words;
  const paths = resolvePaths({ env: io.env, platform: process.platform });
  const pluginId = await nativePluginNamed(paths, word);
  if (pluginId === undefined) return undefined;
  const manifest = await manifestOf(input, paths, pluginId);
  times.end("discovery");
  const at = takeLeadingFlags(flags, rest);
  const toolWord = rest[at];
  if (toolWord === undefined || toolWord === "help") return await showTools(input, manifest, toolWord);
  if (toolWord.startsWith("-")) throw (await import("./parse-arguments.ts")).unknownOption(toolWord);
  const tool = toolNamed(manifest, toolWord);
  const own = toolFlags(tool.parameters);
  const tokens = splitLine(flags, rest.slice(at + 1), nativeOwner(own));
  const settings = await settingsOf(input);
  if (flags.help) {
    const { toolHelp } = await import("./native-help.ts");
    return await printHelp(input, settings, toolHelp(`${program} ${word} ${toolWord}`, tool, own));
  }
  return (await input.handOver()) ?? (await callTyped(input, settings, { manifest, tool, own, tokens }));
}

/** The error for a word that is nobody's, with a plugin that was probably meant. */
export async function withNativeName({ io, words }: PluginCommandInput, error: HostError): Promise<HostError> {
  const close = await nearestNative(resolvePaths({ env: io.env, platform: process.platform }), words[0] ?? "");
  if (close === undefined || error.hint?.startsWith("did you mean")) return error;
  const { code, message, details } = error;
  return new HostError(code, message, {
    hint: `did you mean "${close}"?`,
    cause: error,
    ...(details === undefined ? {} : { details }),
  });
}

async function callTyped(input: PluginCommandInput, settings: Settings, typed: TypedTool): Promise<number> {
  const { program, io, flags, times } = input;
  const { manifest, tool } = typed;
  const { options, text } = await readNativeCall(io, typed).catch(async (error: unknown) => {
    // Of a tool that changed, the line may be right for the one that was approved.
    await withHost(io, flags, async (host) => await refuseChanged(await host.permissions(), manifest, tool));
    throw error;
  });
  const call: CommandInput = {
    io,
    program,
    flags,
    options,
    positionals: [],
    settings: async () => settings,
    runLine: noLine,
  };
  await askMissingSecrets(call, manifest);
  const shown = (given: string) => withoutSecrets(typed.own, given);
  const progress = await waitingFor(input, settings, tool.id);
  const called = { pluginId: manifest.plugin_id, tool: tool.id, text, shown };
  try {
    return await callFromTerminal({ ...call, io: progress.io }, called, async (outcome) => {
      progress.end();
      times.end("plugin");
      try {
        return await report(input, settings, outcome);
      } finally {
        times.end("render");
      }
    });
  } finally {
    progress.end();
  }
}

/** Tells somebody before a screen what is waited for, until the answer is there: what goes on then is not the tool. */
async function waitingFor({ io, flags }: PluginCommandInput, { wish }: Settings, tool: string) {
  if (!io.stderr.isTerminal || flags.verbosity < 0) return { io, end: () => {} };
  const { startProgress } = await import("../terminal/spinner.ts");
  return startProgress(io, { what: `waiting for ${showHidden(tool)}`, look: lookOf(io.stderr, io.env, wish) });
}

async function report(input: PluginCommandInput, settings: Settings, outcome: Outcome): Promise<number> {
  const { io } = input;
  const { envelope, breakdown } = outcome;
  if (breakdown !== undefined) throw breakdown;
  if (outcome.suspected) notify(io, settings, "warning", "the tool's answer reads like a failure in the wrong form");
  if (!envelope.ok) {
    const { code = envelope.kind, message } = envelope;
    const body = parseOrderedJson(JSON.stringify({ error: { code, message } }));
    if (settings.json) io.stdout.write(jsonLine(body));
    printFailureLines(io, message, code, undefined);
    return EXIT.reportedFailure;
  }
  await showToolResult(input, settings, outcome.exactResult() ?? null);
  if (envelope.summary !== undefined) io.stderr.write(`${neutralise(envelope.summary)}\n`);
  return EXIT.done;
}

/** `osp PLUGIN` alone. */
async function showTools(input: PluginCommandInput, manifest: Manifest, word: string | undefined): Promise<number> {
  const { program, flags, words } = input;
  const settings = await settingsOf(input);
  if (flags.help || word === "help") {
    const { pluginHelp } = await import("./native-help.ts");
    return await printHelp(input, settings, pluginHelp(`${program} ${words[0]}`, manifest));
  }
  const text = settings.json ? (one: string) => one : showHidden;
  const rows = (manifest.capabilities.tools ?? []).map(({ id, description }) =>
    rowOf({ tool: text(id), about: text(description) }),
  );
  await showRows(input, settings, rows, { columns: ["tool", "about"], empty: "the plugin has no tools" });
  return EXIT.done;
}

async function printHelp(input: PluginCommandInput, settings: Settings, text: string): Promise<number> {
  await showGuide(input, text, (await import("./guide-options.ts")).guideOptions(input, settings));
  return EXIT.done;
}

/** As the plugin is remembered; one that was never loaded has to be, to know its flags. */
async function manifestOf({ io, flags }: PluginCommandInput, paths: Paths, pluginId: string): Promise<Manifest> {
  const remembered = await rememberedManifest(paths, pluginId);
  if (remembered !== undefined) return remembered;
  return await withHost(io, flags, async (host) => {
    const plugin = await (await host.native()).plugin(pluginId);
    return (await plugin.load()).manifest;
  });
}

/** Once all flags of the line are known. */
async function settingsOf({ io, config, flags, report }: PluginCommandInput): Promise<Settings> {
  const settings = await settingsFor(io, config, flags);
  report.json = settings.json;
  report.debug = settings.debug;
  report.wish = settings.wish;
  return settings;
}

/** A call of a tool takes no commands from others. */
async function noLine(): Promise<never> {
  throw new HostError("internal", "a tool's command runs no other");
}
