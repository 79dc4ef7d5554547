// osaurus tools logs: what a native plugin logged and printed, and how it crashed.

import { parseOrderedJson } from "../base/ordered-json.ts";
import type { LogQuery, PluginLogs } from "../host/plugin-logs.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { LOG_LEVELS, type LogLevel } from "../protocol/log-levels.ts";
import type { LogRecord } from "../protocol/plugin-log.ts";
import { jsonLine, jsonText } from "../terminal/json-text.ts";
import { lookOf } from "../terminal/look.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { logLines } from "./log-lines.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { withHost } from "./with-host.ts";

/** A person who looks at a log wants its end; with `--json`, and with `--lines`, it is as much as there is. */
const LINES_SHOWN = 200;
const LINES_MAX = 1_000_000;

export const toolsLogs: Command = {
  usage: "PLUGIN [--follow] [--lines N] [--crashes] [--level LEVEL]",
  about: "Shows what a native plugin logged and printed, and its crashes, oldest first. Times are UTC.",
  options: {
    follow: { type: "boolean", short: "f", about: "go on with each line as it is written, until Ctrl-C" },
    lines: { type: "string", short: "n", value: "N", about: `the last N lines (${LINES_SHOWN}; with --json all)` },
    crashes: { type: "boolean", about: "only crashes" },
    level: { type: "string", value: LOG_LEVELS.join("|"), about: "only lines of this level and more urgent ones" },
  },
  positionals: { min: 1, max: 1 },
  runsOn: ({ options }) => options["follow"] === true,
  async run(input) {
    const { io, flags, options } = input;
    const settings = await input.settings();
    const pluginId = input.positionals[0]!;
    const query: LogQuery = {
      lines: linesOf(input) ?? (settings.json ? undefined : LINES_SHOWN),
      crashes: options["crashes"] === true,
      level: levelOption(input),
    };
    const isFollowed = options["follow"] === true;
    try {
      await withHost(io, flags, async (host) => {
        const logs = await host.logs();
        if (isFollowed) await follow(input, settings, logs, pluginId, query);
        else show(input, settings, await logs.read(pluginId, query));
      });
    } catch (error) {
      // Ctrl-C is how following ends: that is nothing to complain about.
      if (isFollowed && io.signal.aborted) return EXIT.interrupted;
      throw error;
    }
    return EXIT.done;
  },
};

async function follow(
  input: CommandInput,
  settings: Settings,
  logs: PluginLogs,
  pluginId: string,
  query: LogQuery,
): Promise<void> {
  const { stdout, signal } = input.io;
  const unread = new AbortController();
  const print = (record: LogRecord) => {
    if (stdout.isClosed) unread.abort();
    else stdout.write(textOf(input, settings, record));
  };
  await logs.follow(pluginId, query, print, AbortSignal.any([signal, unread.signal]));
}

function show(input: CommandInput, settings: Settings, records: readonly LogRecord[]): void {
  const { stdout } = input.io;
  if (settings.json) return stdout.write(jsonText(parseOrderedJson(JSON.stringify(records))));
  if (records.length === 0) return notify(input.io, settings, "info", "no lines yet");
  for (const record of records) stdout.write(textOf(input, settings, record));
}

function textOf({ io }: CommandInput, settings: Settings, record: LogRecord): string {
  if (settings.json) return jsonLine(parseOrderedJson(JSON.stringify(record)));
  return logLines(record, lookOf(io.stdout, io.env, settings.wish));
}

function linesOf(input: CommandInput): number | undefined {
  const text = textOption(input, "lines");
  if (text === undefined) return undefined;
  const lines = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (lines >= 0 && lines <= LINES_MAX) return lines;
  throw new HostError("usage_invalid", `--lines takes a whole number from 0 to ${LINES_MAX}, not "${text}"`);
}

function levelOption(input: CommandInput): LogLevel | undefined {
  const text = textOption(input, "level");
  const level = LOG_LEVELS.find((one) => one === text?.toLowerCase());
  if (text === undefined || level !== undefined) return level;
  throw new HostError("usage_invalid", `--level takes ${LOG_LEVELS.join(", ")}, not "${text}"`);
}
