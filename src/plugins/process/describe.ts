// Asks one executable what it offers: `<exe> --describe`, checked against DescribeV1 and against this host's version.

import { JsonSyntaxError, parseOrderedJson, toPlain } from "../../base/ordered-json.ts";
import { type ErrorCode, HostError } from "../../protocol/errors.ts";
import { DESCRIBE_BYTES_MAX, DESCRIBE_MS_MAX } from "../../protocol/limits.ts";
import { parseWith } from "../../protocol/parse-with.ts";
import { DescribeV1 } from "../../protocol/process-plugin.ts";
import { checkHostVersion } from "./host-version.ts";
import { plainEnvironment } from "./plugin-environment.ts";
import { type Environment, type ProcessOutcome, runProcess } from "./run-process.ts";

const TAIL_SHOWN_CHARS_MAX = 400;

export interface DescribeRequest {
  readonly path: string;
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** With `error`, the plugin must not be used; `description` may still be there to show what it says of itself. */
export interface DescribeResult {
  readonly description: DescribeV1 | null;
  readonly error: HostError | null;
}

/** Describes a plugin. A plugin that fails is a result, not a throw; only `interrupted` is thrown. */
export async function describePlugin(request: DescribeRequest): Promise<DescribeResult> {
  try {
    const description = readDescription(await runDescribe(request));
    return { description, error: checkHostVersion(description.min_osp_version) };
  } catch (thrown) {
    if (!(thrown instanceof HostError) || thrown.code === "interrupted") throw thrown;
    return { description: null, error: thrown };
  }
}

async function runDescribe({ timeoutMs = DESCRIBE_MS_MAX, ...request }: DescribeRequest): Promise<ProcessOutcome> {
  const env = plainEnvironment(request.env);
  let outcome: ProcessOutcome;
  try {
    outcome = await runProcess({
      ...request,
      env,
      args: ["--describe"],
      timeoutMs,
      stdoutBytesMax: DESCRIBE_BYTES_MAX,
    });
  } catch (thrown) {
    if (!(thrown instanceof HostError) || thrown.code !== "process_spawn_failed") throw thrown;
    throw new HostError("describe_failed", thrown.message, thrown.hint === undefined ? {} : { hint: thrown.hint });
  }
  const { ended, exitCode, signalCode, stderrTail } = outcome;
  if (ended === "timeout")
    throw failure(
      "describe_timeout",
      `--describe gave no answer in ${timeoutMs} ms`,
      stderrTail,
      "give it more time: osp config set extensions.plugins.timeout_ms MILLISECONDS --global",
    );
  if (ended === "stdout_too_large") {
    throw failure("describe_failed", `--describe printed more than ${DESCRIBE_BYTES_MAX} bytes`, stderrTail);
  }
  if (signalCode !== null) throw failure("describe_failed", `--describe was ended by ${signalCode}`, stderrTail);
  if (exitCode !== 0) throw failure("describe_failed", `--describe exited with status ${exitCode}`, stderrTail);
  return outcome;
}

function readDescription({ stdout, stderrTail }: ProcessOutcome): DescribeV1 {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(stdout);
  } catch {
    throw failure("describe_not_json", "--describe printed bytes that are no UTF-8 text", stderrTail);
  }
  let input: unknown;
  try {
    input = toPlain(parseOrderedJson(text));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    if (error.problem === "size") throw failure("describe_failed", `--describe printed ${error.message}`, stderrTail);
    const what = error.problem === "empty" ? "nothing" : `invalid JSON: ${error.message}`;
    throw failure("describe_not_json", `--describe printed ${what}`, stderrTail);
  }
  const parsed = parseWith(DescribeV1, input);
  if ("data" in parsed) return parsed.data;
  throw failure("describe_invalid", `--describe breaks the protocol: ${parsed.problem}`, stderrTail);
}

function failure(code: ErrorCode, what: string, stderrTail: string, hint?: string): HostError {
  const text = stderrTail === "" ? what : `${what}; it said: ${stderrTail.slice(-TAIL_SHOWN_CHARS_MAX)}`;
  return new HostError(code, text, hint === undefined ? {} : { hint });
}
