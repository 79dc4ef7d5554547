// `osp PLUGIN TOOL --flag value`: calls a tool of a native plugin as if it were a command. Loaded only for words that no
// process plugin offers.

import { formatOrderedJson, type JsonObject, JsonSyntaxError, parseOrderedJson } from "../base/ordered-json.ts";
import { type Paths, resolvePaths } from "../base/paths.ts";
import {
  nativePluginNamed,
  nearestNative,
  refuseChanged,
  rememberedManifest,
  toolNamed,
  wrongArgument,
} from "../host/native-commands.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { Manifest, ManifestTool } from "../protocol/manifest.ts";
import { printFailureLines } from "../terminal/failure-lines.ts";
import { printGuide } from "../terminal/guide.ts";
import { jsonLine, jsonText } from "../terminal/json-text.ts";
import { lookOf } from "../terminal/look.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import type { CommandInput } from "./command.ts";
import { fillRequired, nativeOwner, readNativeLine } from "./native-arguments.ts";
import { type ToolFlags, toolFlags } from "./native-flags.ts";
import { notify } from "./notify.ts";
import type { PluginCommandInput } from "./plugin-command.ts";
import { type Settings, settingsFrom } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { splitLine, takeLeadingFlags } from "./split-line.ts";
import { argumentsText, callFromTerminal, type Outcome, printForPeople } from "./tools-call.ts";
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
  const settings = settingsOf(input);
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

interface Typed {
  readonly manifest: Manifest;
  readonly tool: ManifestTool;
  readonly own: ToolFlags;
  /** What is the tool's of the line. */
  readonly tokens: readonly string[];
}

async function callTyped(input: PluginCommandInput, settings: Settings, typed: Typed): Promise<number> {
  const { program, io, flags, times } = input;
  const { manifest, tool } = typed;
  const { options, text } = await readTyped(input, typed).catch(async (error: unknown) => {
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
  return await callFromTerminal(call, { pluginId: manifest.plugin_id, tool: tool.id, text }, async (outcome) => {
    times.end("plugin");
    try {
      return await report(input, settings, outcome);
    } finally {
      times.end("render");
    }
  });
}

/** What was typed, as arguments. Throws `usage_invalid`, which names the flag. */
async function readTyped(
  { io }: PluginCommandInput,
  { manifest, tool, own, tokens }: Typed,
): Promise<Pick<CommandInput, "options"> & { text: string }> {
  const line = readNativeLine(tokens, own);
  const { options } = line;
  const whole = objectOf(await argumentsText({ io, options }));
  const given = fillRequired(line, own, (property) => whole.has(property));
  for (const [property, value] of given) whole.set(property, value);
  const text = formatOrderedJson(whole);
  const wrong = await wrongArgument(manifest, tool, text);
  if (wrong === undefined) return { options, text };
  const { field, message } = wrong;
  const flag = field === undefined ? undefined : flagOf(own, field);
  throw usage(flag === undefined ? message : `${flag}: ${message}`);
}

/** `filter.from` is wrong within `--filter`; a property may itself have a dot in its name. */
function flagOf({ all }: ToolFlags, field: string): string | undefined {
  const within = all.filter(({ property }) => field === property || field.startsWith(`${property}.`));
  return within.sort((a, b) => b.property.length - a.property.length)[0]?.name;
}

function objectOf(text: string): JsonObject {
  try {
    const value = parseOrderedJson(text);
    if (value instanceof Map) return value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw usage(`--args cannot be read: ${error.message}`);
  }
  throw usage("--args takes a JSON object");
}

async function report({ io }: PluginCommandInput, settings: Settings, outcome: Outcome): Promise<number> {
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
  const result = outcome.exactResult() ?? null;
  if (settings.json) io.stdout.write(jsonText(result));
  else await printForPeople(io, settings, result);
  if (envelope.summary !== undefined) io.stderr.write(`${neutralise(envelope.summary)}\n`);
  return EXIT.done;
}

/** `osp PLUGIN` alone. */
async function showTools(input: PluginCommandInput, manifest: Manifest, word: string | undefined): Promise<number> {
  const { program, flags, words } = input;
  const settings = settingsOf(input);
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

async function printHelp({ io }: PluginCommandInput, { format, wish, pager }: Settings, text: string): Promise<number> {
  await printGuide(io, text, { format, look: lookOf(io.stdout, io.env, wish), pager });
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
function settingsOf({ config, flags, report }: PluginCommandInput): Settings {
  const settings = settingsFrom(config, flags);
  report.json = settings.json;
  report.debug = settings.debug;
  return settings;
}

function usage(message: string): HostError {
  return new HostError("usage_invalid", message);
}

/** A call of a tool takes no commands from others. */
async function noLine(): Promise<never> {
  throw new HostError("internal", "a tool's command runs no other");
}
