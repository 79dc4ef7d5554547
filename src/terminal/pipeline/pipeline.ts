// Reads what stands behind the first bar of a line, and runs data through it. A pipeline is read before its command
// runs, so that a slip of the fingers has cost nothing.

import { type LineToken, lineWords } from "../../base/line-words.ts";
import { nearest } from "../../base/nearest.ts";
import type { OrderedJson } from "../../base/ordered-json.ts";
import { HostError } from "../../protocol/errors.ts";
import { PIPELINE_CHARS_MAX, PIPELINE_STAGES_MAX } from "../../protocol/limits.ts";
import type { ResponseMeta } from "../../protocol/process-plugin.ts";
import { hasLists } from "./documents.ts";
import { dataOf, flowOf } from "./flow.ts";
import { metaBehind } from "./meta-behind.ts";
import { pipelineError } from "./pipeline-error.ts";
import { type StageWords, stageWords } from "./stage-words.ts";
import type { Flow, Run, Stage, StageText } from "./verb.ts";
import { compileQuick } from "./verbs/quick.ts";
import { VERBS, verbNamed } from "./verbs.ts";

export interface Pipeline {
  /** Everything behind the first bar. */
  readonly source: string;
  readonly stages: readonly Stage[];
  /** Whether a plugin's wish for a format still counts. */
  readonly keepsHint: boolean;
  /** Whether the result goes to the clipboard too. */
  readonly copies: boolean;
  /** Set when help is wanted instead of a run (`helpText`), of one verb or of all of them. */
  readonly asksHelp: { readonly verb: string | undefined } | undefined;
}

export interface PipelineData {
  readonly data: OrderedJson;
  readonly meta: ResponseMeta;
}

/** Throws `pipeline_invalid`; `details` have `at` and `to`, places in `source`, and `pipeline`, which is `source`. */
export function compilePipeline(source: string): Pipeline {
  return pointedInto(source, () => {
    let asksHelp: Pipeline["asksHelp"];
    let copies = false;
    const stages: Stage[] = [];
    for (const words of stagesOf(source).map(stageWords)) {
      const verb = verbOf(words);
      if (verb === "H") asksHelp ??= { verb: verbToExplain(words) };
      if (verb === "Y") copies = true;
      const { compile } = verbNamed(verb ?? "") ?? { compile: compileQuick };
      stages.push({ text: words.stage, ...compile(words) });
    }
    return { source, stages, keepsHint: stages.every((stage) => stage.keepsHint), copies, asksHelp };
  });
}

/** What compiling alone did not show, to be called before the command runs. Throws like `compilePipeline`. */
export async function checkPipeline({ source, stages }: Pipeline, run: Run): Promise<void> {
  try {
    for (const stage of stages) await stage.check?.(run);
  } catch (error) {
    throw withSource(source, error);
  }
}

/**
 * What comes out of the last stage, as data and meta that `printResult` prints. Throws `pipeline_invalid` where a stage does not
 * fit the data, and the signal's reason once it is aborted.
 */
export async function runPipeline(pipeline: Pipeline, input: PipelineData, run: Run): Promise<PipelineData> {
  const { source, stages } = pipeline;
  const last = stages.at(-1);
  if (last === undefined) return input;
  try {
    let flow: Flow = flowOf(input.data, input.meta);
    for (const stage of stages) {
      run.signal.throwIfAborted();
      const hadLists = flow.kind === "document" && (flow.hadLists === true || hasLists(flow.document));
      flow = await stage.apply(flow, run);
      if (flow.kind === "document") flow = { hadLists, ...flow };
    }
    const place = { from: last.text.from, to: last.text.from + last.text.text.length };
    const all = await dataOf(flow, run, place);
    // Of rows that are a document only because they look best like one, none are left.
    const data = all === null && !isKeptWhole(input.meta) ? [] : all;
    return { data, meta: metaBehind(pipeline, input, { flow, data }) };
  } catch (error) {
    throw withSource(source, error);
  }
}

function isKeptWhole(meta: ResponseMeta): boolean {
  return meta.preserve_json_document || meta.row_path !== null;
}

/** The texts between bars, without those in which nothing stands. */
function stagesOf(source: string): StageText[] {
  if (source.length > PIPELINE_CHARS_MAX) {
    const place = { from: PIPELINE_CHARS_MAX, to: source.length };
    throw pipelineError(place, `a pipeline has at most ${PIPELINE_CHARS_MAX} characters`);
  }
  const bars = lineWords(source).tokens.filter(isBar);
  const stages: StageText[] = [];
  for (const [index, start] of [0, ...bars.map(({ to }) => to)].entries()) {
    const typed = source.slice(start, bars[index]?.from);
    const text = typed.trim();
    if (text !== "") stages.push({ text, from: start + typed.length - typed.trimStart().length });
  }
  const surplus = stages[PIPELINE_STAGES_MAX];
  if (surplus !== undefined) {
    const place = { from: surplus.from, to: surplus.from + surplus.text.length };
    throw pipelineError(place, `a pipeline has at most ${PIPELINE_STAGES_MAX} stages`);
  }
  return stages;
}

function isBar({ kind }: LineToken): boolean {
  return kind === "bar";
}

/** The name of the verb; undefined for a quick search, which begins with anything else. */
function verbOf({ verb }: StageWords): string | undefined {
  const isQuoted = verb.quoted.includes(true) || verb.to - verb.from !== verb.text.length;
  if (isQuoted) return undefined;
  const known = verbNamed(verb.text);
  if (known !== undefined) return known.name;
  if (!/^[A-Za-z]$/.test(verb.text)) return undefined;
  throw pipelineError(
    verb,
    `there is no verb "${verb.text}"`,
    `"| H" lists the verbs; to search for it: | '${verb.text}'`,
  );
}

/** The verb that `H` is to explain; undefined for all of them. */
function verbToExplain({ words: [word] }: StageWords): string | undefined {
  if (word === undefined) return undefined;
  const name = verbNamed(word.text)?.name;
  if (name !== undefined) return name;
  const meant = nearest(
    word.text,
    VERBS.map((verb) => verb.name),
  );
  const hint = meant === undefined ? '"| H" lists the verbs' : `did you mean "${meant}"?`;
  throw pipelineError(word, `there is no verb "${word.text}"`, hint);
}

function pointedInto<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withSource(source, error);
  }
}

/** The error with the text that its places are places in. */
function withSource(source: string, error: unknown): unknown {
  if (!(error instanceof HostError) || error.code !== "pipeline_invalid") return error;
  const { code, message, hint, details, cause } = error;
  return new HostError(code, message, {
    ...(hint !== undefined && { hint }),
    details: { ...details, pipeline: source },
    cause,
  });
}
