// A model's stream as a plugin gets it, through providers, the run of an agent, complete_stream, the line and on_chunk,
// beside the same stream of the same server read with the `openai` package. Everything is recorded, as always.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import OpenAI from "openai";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { interleave, median, medianRatio } from "../measure.ts";

const CHUNKS = 1_000;
const WARM_UP_STREAMS = 20;
/** Of the plugin's own: text, usage and the last one. */
const CHUNKS_BESIDE = 2;

/** Reads a stream of so many chunks of this model; fails when it is another number. */
type Reader = (model: string, chunks: number) => Promise<void>;

export const stream: Section = { name: "stream", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "stream-"));
  const server = await startServer();
  try {
    const direct = openAiReader(server.url);
    const osprey = await openOsprey(home, server.url);
    for (let i = 0; i < WARM_UP_STREAMS; i++) {
      for (const read of [direct, osprey.read]) for (const model of ["paced", "burst"]) await read(model, CHUNKS);
    }
    await compare(bench, "paced", "one by one", direct, osprey.read);
    await compare(bench, "burst", "all at once", direct, osprey.read);
    await osprey.close();
  } finally {
    await server.close();
    rmSync(home, { recursive: true });
  }
}

async function compare(bench: Bench, model: string, how: string, direct: Reader, osprey: Reader): Promise<void> {
  const rounds = bench.quick ? 7 : 25;
  const timed = (read: Reader, chunks: number) => async () => {
    const start = performance.now();
    await read(model, chunks);
    return performance.now() - start;
  };
  const took = await interleave<number>(rounds, {
    osprey: timed(osprey, CHUNKS),
    direct: timed(direct, CHUNKS),
    ospreyOne: timed(osprey, 1),
    directOne: timed(direct, 1),
  });
  const of = (name: string) => took[name]!;
  const added = of("osprey").map((ms, round) => ((ms - of("direct")[round]!) * 1000) / CHUNKS);
  const report = (metric: string, ours: string, theirs: string) =>
    bench.report({
      metric,
      value: median(of(ours)),
      unit: "ms",
      peer: { name: "openai package", value: median(of(theirs)) },
      ratio: medianRatio(of(ours), of(theirs)),
    });
  report(`${CHUNKS} chunks, ${how}`, "osprey", "direct");
  bench.report({ metric: `added to each of them, ${how}`, value: median(added), unit: "µs" });
  report(`a stream of one chunk, ${how}`, "ospreyOne", "directOne");
}

function openAiReader(baseURL: string): Reader {
  const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
  return async (model, chunks) => {
    const messages = [{ role: "user" as const, content: String(chunks) }];
    let count = 0;
    const events = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const { choices } of events) if (choices[0]?.delta.content) count++;
    if (count !== chunks) throw new Error(`${count} of ${chunks} chunks came`);
  };
}

async function openOsprey(data: string, baseUrl: string): Promise<{ read: Reader; close(): Promise<void> }> {
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: process.platform }), env, cwd: data });
  await (await host.models()).addProvider({ name: "bench", baseUrl }, new AbortController().signal);
  const plugin = await (await host.native()).loadLibrary(BUILT.plugin);
  const options = { agentId: DEFAULT_AGENT_ID, deadlineMs: 60_000, what: "a benchmark's call" };
  return {
    async read(model, chunks) {
      const payload = JSON.stringify({ model, messages: [{ role: "user", content: String(chunks) }] });
      const taken = await plugin.call("invoke", ["tool", "stream", payload], options);
      if (taken !== String(chunks + CHUNKS_BESIDE)) throw new Error(`${taken} of ${chunks} chunks came`);
    },
    close: () => host.stop(),
  };
}

async function startServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../peers/model-server.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async close() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}
