// Runs one command of a chosen provider: arguments and environment in, a checked response out.

import { constants } from "node:os";
import { shellWord } from "../../base/shell-word.ts";
import { HostError } from "../../protocol/errors.ts";
import { PROCESS_RUN_MS_MAX, PROCESS_STDOUT_BYTES_MAX } from "../../protocol/limits.ts";
import type { Provider } from "./choose-provider.ts";
import { commandEnvironment, type RuntimeHints } from "./plugin-environment.ts";
import type { PluginResponse } from "./read-response.ts";
import { type Environment, type ProcessOutcome, runProcess } from "./run-process.ts";

export interface CommandRequest {
  readonly provider: Provider;
  /** What stands behind the command's name. */
  readonly args: readonly string[];
  readonly hints: RuntimeHints;
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
  readonly stdoutBytesMax?: number | undefined;
  readonly valuesMax?: number | undefined;
  /** The plugin's part of the configuration, ready for its environment. */
  readonly configVariables?: Readonly<Record<string, string>> | undefined;
  readonly onStderr?: ((text: string) => void) | undefined;
  /** Hears how the process ended, whatever comes of its answer; for `--debug`. */
  readonly onEnded?: ((run: EndedRun) => void) | undefined;
}

export interface EndedRun extends ProcessOutcome {
  readonly argv: readonly string[];
}

/** Runs a command. A response with `ok: false` is a result; everything else that goes wrong is thrown with its code. */
export async function runCommand(request: CommandRequest): Promise<PluginResponse> {
  const running = runToEnd(request);
  // The process has been started; what reads its answer is loaded meanwhile.
  const reading = import("./read-response.ts");
  const outcome = await running;
  const { pluginId } = request.provider.plugin;
  if (outcome.signalCode !== null) {
    throw new HostError("process_killed", `plugin "${pluginId}" was ended by ${outcome.signalCode}`, {
      details: { plugin: pluginId, signal: outcome.signalCode },
    });
  }
  if (outcome.exitCode !== 0) {
    throw new HostError("process_failed", `plugin "${pluginId}" exited with status ${outcome.exitCode}`, {
      details: { plugin: pluginId, status: outcome.exitCode },
    });
  }
  const { readResponse } = await reading;
  return await readResponse(pluginId, outcome.stdout, request);
}

/** Passes a request for help on. Gives the plugin's text and its own exit status (128 + n after signal n). */
export async function runHelp(request: CommandRequest): Promise<{ text: string; exitCode: number }> {
  const { stdout, exitCode, signalCode } = await runToEnd(request);
  const status = signalCode === null ? (exitCode ?? 0) : 128 + constants.signals[signalCode];
  return { text: stdout.toString("utf8"), exitCode: status };
}

async function runToEnd(request: CommandRequest): Promise<ProcessOutcome> {
  const { provider, args, hints, env, cwd, signal, onStderr, configVariables } = request;
  const { timeoutMs = PROCESS_RUN_MS_MAX, stdoutBytesMax = PROCESS_STDOUT_BYTES_MAX } = request;
  const { path, pluginId } = provider.plugin;
  const argv = [path, provider.command.name, ...args];
  const outcome = await runProcess({
    path,
    args: argv.slice(1),
    env: commandEnvironment(env, provider.command.name, hints, configVariables),
    cwd,
    signal,
    timeoutMs,
    stdoutBytesMax,
    onStderr,
  });
  request.onEnded?.({ ...outcome, argv });
  const details = { plugin: pluginId };
  if (outcome.ended === "timeout") {
    throw new HostError("process_timeout", `plugin "${pluginId}" gave no answer in ${timeoutMs} ms`, {
      hint: `give it more time with --timeout SECONDS before the command, or for good: osp config set ${shellWord(`extensions.plugins.${pluginId}.timeout_ms`)} MILLISECONDS (for all plugins: extensions.plugins.timeout_ms)`,
      details: { ...details, waited_ms: timeoutMs },
    });
  }
  if (outcome.ended === "stdout_too_large") {
    const what = `plugin "${pluginId}" printed more than ${stdoutBytesMax} bytes`;
    throw new HostError("process_output_too_large", what, {
      hint: `allow it more with: osp config set ${shellWord(`extensions.plugins.${pluginId}.stdout_bytes_max`)} BYTES`,
      details,
    });
  }
  return outcome;
}
