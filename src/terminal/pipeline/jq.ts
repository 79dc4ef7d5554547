// Runs a jq expression in a thread of its own (`jq-worker.ts`), which is ended when it takes too long or too much, and when
// whoever waits for it does not want it any more.

import { once } from "node:events";
import { extname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { JsonSyntaxError, type OrderedJson, parseOrderedJson } from "../../base/ordered-json.ts";
import { JQ_MEMORY_BYTES_MAX, JQ_MS_MAX, JQ_OUTPUT_BYTES_MAX } from "../../protocol/limits.ts";
import { jqError } from "./jq-filter.ts";
import type { JqAnswer, JqTask } from "./jq-worker.ts";
import { pipelineError, shown } from "./pipeline-error.ts";
import type { Word } from "./stage-words.ts";
import type { Run } from "./verb.ts";

const PROGRAM = join(import.meta.dirname, `jq-worker${extname(import.meta.filename)}`);
const CHUNK_CHARS_MIN = 65_536;
/** JavaScript has little to do there; jq's own memory is none of this. */
const HEAP_MB_MAX = 256;
const LINES_PER_TURN = 5_000;

export interface JqLimits {
  readonly msMax: number;
  readonly memoryBytesMax: number;
  readonly outputBytesMax: number;
}

export const JQ_LIMITS: JqLimits = {
  msMax: JQ_MS_MAX,
  memoryBytesMax: JQ_MEMORY_BYTES_MAX,
  outputBytesMax: JQ_OUTPUT_BYTES_MAX,
};

/** JSON on its way to jq, as bytes, because one text could not hold all of it. */
export class JqInput {
  readonly chunks: Uint8Array[] = [];
  #text = "";

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= CHUNK_CHARS_MIN) this.end();
  }

  end(): void {
    if (this.#text !== "") this.chunks.push(new TextEncoder().encode(this.#text));
    this.#text = "";
  }
}

/** What the filter gives for one input, value by value. Throws `pipeline_invalid`, and the signal's reason once it is aborted. */
export async function runJq(filter: Word, input: JqInput, run: Run, limits = JQ_LIMITS): Promise<OrderedJson[]> {
  return await valuesOf(filter, await outputOf(filter, { front: "", behind: "" }, input, run, limits), run);
}

/** The same for many inputs at once: starting jq takes longer than most filters do. */
export async function runJqOnEach(
  filter: Word,
  input: JqInput,
  count: number,
  run: Run,
  limits = JQ_LIMITS,
): Promise<OrderedJson[][]> {
  const output = await outputOf(filter, { front: "[\n", behind: "\n]" }, input, run, limits);
  const results = await valuesOf(filter, output, run);
  if (results.length === count && results.every((one) => Array.isArray(one))) return results;
  throw pipelineError(filter, `jq gave ${results.length} results instead of ${count} for ${shown(filter)}`, PAIRS_HINT);
}

const PAIRS_HINT = "here the expression runs for each group or list by itself: leave out `input`, `inputs` and `halt`";

/** What is written around the filter, on lines of its own: a filter may end in a comment. */
interface Frame {
  readonly front: "" | "[\n";
  readonly behind: "" | "\n]";
}

async function outputOf(
  filter: Word,
  { front, behind }: Frame,
  input: JqInput,
  run: Run,
  { msMax, memoryBytesMax, outputBytesMax }: JqLimits,
): Promise<string> {
  input.end();
  const task = { filter: front + filter.text + behind, memoryBytesMax, outputBytesMax };
  const answer = await answerOf(task, input.chunks, run, msMax);
  if (answer === "too slow") {
    throw pipelineError(filter, `jq was not done after ${msMax / 1000} s with ${shown(filter)}`, LESS_HINT);
  }
  if (answer.kind === "done") return new TextDecoder().decode(answer.output);
  if (answer.kind === "failed") throw jqError(filter, answer.errors, front === "" ? 0 : 1);
  throw pipelineError(filter, `${TOO_MUCH[answer.of]} for ${shown(filter)}`, LESS_HINT);
}

const TOO_MUCH = {
  memory: "jq wanted more memory than it may have",
  output: "jq gave more than it may",
  depth: "the data or the expression is nested more deeply than jq can go",
} as const;

const LESS_HINT = "give it less to do: stages in front of it (F, P, L) can leave out rows and columns";

/** Starts the thread, waits for what it comes to, and leaves none behind. */
async function answerOf(
  task: JqTask,
  chunks: Uint8Array[],
  { signal }: Run,
  msMax: number,
): Promise<JqAnswer | "too slow"> {
  signal.throwIfAborted();
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB_MAX };
  const quiet = { stdout: true, stderr: true, env: {}, argv: [], execArgv: [] };
  const worker = new Worker(PROGRAM, { workerData: task, resourceLimits, ...quiet });
  const tooLate = AbortSignal.timeout(msMax);
  try {
    const options = { signal: AbortSignal.any([signal, tooLate]) };
    const answered = Promise.race([once(worker, "message", options), once(worker, "exit", options)]);
    worker.postMessage(
      chunks,
      chunks.map(({ buffer }) => buffer as ArrayBuffer),
    );
    const [answer] = (await answered) as [JqAnswer | number];
    if (typeof answer === "number") throw new Error(`the thread of jq ended with code ${answer}`);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    if (tooLate.aborted) return "too slow";
    if ((error as NodeJS.ErrnoException).code !== "ERR_WORKER_OUT_OF_MEMORY") throw error;
    return { kind: "too much", of: "memory" };
  } finally {
    await worker.terminate();
  }
}

async function valuesOf(filter: Word, output: string, { signal }: Run): Promise<OrderedJson[]> {
  const values: OrderedJson[] = [];
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf("\n", at);
    values.push(parse(filter, output.slice(at, end)));
    at = end + 1;
    if (values.length % LINES_PER_TURN !== 0) continue;
    await setImmediate();
    signal.throwIfAborted();
  }
  return values;
}

/** What jq prints is JSON, but it may be nested deeper than we go, or be too much. */
function parse(filter: Word, line: string): OrderedJson {
  try {
    return parseOrderedJson(line);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw pipelineError(filter, `what jq gave cannot be used: ${error.message} in ${shown(filter)}`);
  }
}
