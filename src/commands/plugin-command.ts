// `osp <command> [args]`: runs a command of a process plugin and shows its answer.

import { lstatSync } from "node:fs";
import { deniedCommandsPath, resolvePaths } from "../base/paths.ts";
import { type Config, configList } from "../config/config.ts";
import type { ProcessHost, RunRequest } from "../host/process-host.ts";
import type { CommandIo } from "../terminal/io.ts";
import { PluginStderr } from "../terminal/plugin-stderr.ts";
import { BUILT_IN_WORDS } from "./built-in-words.ts";
import type { Flags } from "./flags.ts";
import type { Report } from "./main.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import { requireSound, type Settings, settingsFor } from "./settings.ts";
import { describedOwner, peekRouting, splitLine } from "./split-line.ts";
import type { StepTimes } from "./step-times.ts";
import { whileWaiting } from "./while-waiting.ts";

export interface PluginCommandInput {
  /** The name that Osprey was started under. */
  readonly program: string;
  readonly io: CommandIo;
  /** The flags before the command; those behind it are added. */
  readonly flags: Flags;
  readonly config: Config;
  /** The command and everything behind it, untouched. */
  readonly words: readonly string[];
  /** Set to how a failure is to be reported, as soon as it is known whose `--json` it is. */
  readonly report: Report;
  readonly times: StepTimes;
}

/** Runs the command; gives the exit code. The plugin's answer is printed, any failure but `ok: false` is thrown. */
export async function runPluginCommand(input: PluginCommandInput): Promise<number> {
  const { io, flags, config, report, times } = input;
  requireSound(config); // Before anything is run by it.
  const { host, provider, args } = await whileWaiting({ io, flags, what: "asking plugins what they offer" }, (shown) =>
    resolve({ ...input, io: shown }),
  );
  const settings = await settingsFor(io, config, flags);
  report.json = settings.json;
  report.debug = settings.debug;
  report.wish = settings.wish;
  for (const text of provider.warnings ?? []) notify(io, settings, "warning", text);
  if (!flags.help) await refuseDenied(io, provider, args);
  times.end("discovery");
  const cache = flags.cache && !flags.help ? await import("./result-cache.ts") : undefined;
  const remembered = cache?.resultCache(input, provider, args);
  if (remembered?.show !== undefined) return await remembered.show(input, settings);

  let ended: Parameters<NonNullable<RunRequest["onEnded"]>>[0] | undefined;
  const run = async (shown: CommandIo) => {
    const stderr = new PluginStderr(shown.stderr);
    const request: RunRequest = {
      provider,
      args,
      timeoutMs: flags.timeoutMs,
      onStderr: (text) => stderr.write(text),
      onEnded: (run) => {
        stderr.end();
        ended = run;
      },
      hints: hintsOf(settings),
    };
    const running = flags.help ? host.help(request) : host.run(request);
    running.catch(() => {}); // It is awaited below, but may fail before that.
    // What shows the answer is loaded while the plugin works, so not before it was started.
    await new Promise((resolve) => setImmediate(resolve));
    await showing();
    return await running;
  };
  try {
    const waiting = { io, flags, what: `waiting for ${provider.command.name}`, wish: settings.wish };
    const answer = await whileWaiting(waiting, run);
    const show = await showing();
    io.letGo?.();
    times.end("plugin");
    if (ended && settings.debug > 0) show.printRun(io, ended);
    if ("exitCode" in answer) return await show.showHelp(input, answer, settings);
    if (answer.error === null) remembered?.remember(answer);
    return await show.showResponse(input, answer, settings);
  } catch (error) {
    times.end("plugin");
    if (ended && settings.debug > 0) (await showing()).printRun(io, ended);
    throw error;
  } finally {
    times.end("render");
  }
}

const showing = () => import("./show-response.ts");

function hintsOf({ config, format, wish, upTo, debug }: Settings): RunRequest["hints"] {
  return {
    format,
    color: wish.color ?? "auto",
    unicode: wish.unicode ?? "auto",
    verbosity: upTo,
    debugLevel: debug,
    terminalKind: config.terminal,
    profile: config.profile,
  };
}

/** The driver of the database with the decisions is not loaded for that, nor anything else while nothing is denied. */
async function refuseDenied(io: CommandIo, provider: RunRequest["provider"], args: readonly string[]): Promise<void> {
  const paths = resolvePaths({ env: io.env, platform: process.platform });
  if (!isThere(deniedCommandsPath(paths))) return;
  (await import("../host/refuse-denied.ts")).refuseDenied(paths, provider, args);
}

/** Of a file that cannot be looked at, reading it says why. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

interface Resolved {
  readonly host: ProcessHost;
  readonly provider: RunRequest["provider"];
  readonly args: readonly string[];
}

/**
 * Finds the provider and tells the host's flags from the plugin's. The two depend on each other: some flags say where
 * to look for plugins, and a plugin may declare a flag of just that name, which then was not for the host.
 */
async function resolve({ io, flags, config, words }: PluginCommandInput): Promise<Resolved> {
  const [word = "", ...typed] = words;
  const before = { ...flags };
  const warned = new Set<string>();
  const find = async (routing: Pick<Flags, "pluginDirs" | "provider">) => {
    const pluginDirs = [...before.pluginDirs, ...routing.pluginDirs];
    const host = await openProcessHost(io, { config, pluginDirs, defaultsOnly: flags.defaultsOnly, warned });
    const override = before.provider ?? routing.provider;
    const provider = await host.provider(word, { override, otherNames: [...BUILT_IN_WORDS] });
    const shows =
      typed.length === 0 && before.stages === undefined && override === undefined && isShellable(config, word);
    Object.assign(flags, before); // The second look begins where the first did.
    const args = splitLine(flags, shows ? ["--help"] : typed, describedOwner(provider.command));
    return { host, provider, args };
  };
  const peeked = peekRouting(typed);
  const found = await find(peeked);
  const inLine = flags.pluginDirs.slice(before.pluginDirs.length);
  const isSame =
    flags.provider === (before.provider ?? peeked.provider) && inLine.join("\0") === peeked.pluginDirs.join("\0");
  return isSame ? found : await find({ pluginDirs: inLine, provider: flags.provider });
}

/** A command that is a shell of its own: by its bare name it says what it can do. Stages are for its data. */
export function isShellable(config: Config, word: string): boolean {
  return configList(config, "repl.shellable_commands").some((name) => name.trim().toLowerCase() === word.toLowerCase());
}
