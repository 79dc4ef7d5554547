// Runs a pipeline over data that is written as JSON.

import { formatOrderedJson, parseOrderedJson } from "../../src/base/ordered-json.ts";
import type { ResponseMeta } from "../../src/protocol/process-plugin.ts";
import { NO_META } from "../../src/terminal/no-meta.ts";
import { compilePipeline, type PipelineData, runPipeline } from "../../src/terminal/pipeline/pipeline.ts";

/** What comes out, as data and meta. */
export async function runStages(source: string, json: string, meta: Partial<ResponseMeta> = {}): Promise<PipelineData> {
  const input = { data: parseOrderedJson(json), meta: { ...NO_META, ...meta } };
  return await runPipeline(compilePipeline(source), input, { signal: new AbortController().signal });
}

/** The data that comes out, as JSON on one line. */
export async function piped(source: string, json: string, meta: Partial<ResponseMeta> = {}): Promise<string> {
  return formatOrderedJson((await runStages(source, json, meta)).data);
}
