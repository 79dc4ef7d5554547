// Rows through the stages of a pipeline: against jq, and against plain loops that make new objects in each stage.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { formatOrderedJson, JsonNumber, type OrderedJson, parseOrderedJson } from "../../src/base/ordered-json.ts";
import { NO_META } from "../../src/terminal/no-meta.ts";
import { inBatches } from "../../src/terminal/pipeline/batches.ts";
import { dataOf } from "../../src/terminal/pipeline/flow.ts";
import { compilePipeline, runPipeline } from "../../src/terminal/pipeline/pipeline.ts";
import type { Flow } from "../../src/terminal/pipeline/verb.ts";
import type { Row } from "../../src/terminal/rows.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { figures, filterMore, group, type PlainRow, project, sortDown } from "../contenders/row-loops.ts";
import { interleave, median, medianRatio } from "../measure.ts";

export const pipelines: Section = { name: "pipelines", placement: "free", run };

const RUN = { signal: new AbortController().signal };
const KB = 1024;

async function run(bench: Bench): Promise<void> {
  await holdLittle(bench, bench.quick ? 200_000 : 1_000_000);
  await compareLoops(bench, bench.quick ? 100_000 : 500_000);
  await compareJq(bench, bench.quick ? 20_000 : 100_000);
}

interface Source {
  readonly id: number;
  readonly host: string;
  readonly team: string;
  readonly load: string;
  readonly up: boolean;
}

/** The same rows each time. */
function sourceAt(id: number): Source {
  const mixed = Math.imul(id + 1, 2_654_435_761) >>> 0;
  return {
    id,
    host: `host-${mixed % 5000}`,
    team: `team-${mixed % 37}`,
    load: `${mixed % 1000}.${String(mixed % 97).padStart(2, "0")}`,
    up: mixed % 3 !== 0,
  };
}

function rowAt(at: number): Row {
  const { id, host, team, load, up } = sourceAt(at);
  return new Map<string, OrderedJson>([
    ["id", new JsonNumber(String(id))],
    ["host", host],
    ["team", team],
    ["load", new JsonNumber(load)],
    ["up", up],
  ]);
}

function plainRowAt(at: number): PlainRow {
  const { load, ...rest } = sourceAt(at);
  return { ...rest, load: Number(load) };
}

function* rowsUpTo(count: number, each: (at: number) => void): Iterable<Row> {
  for (let at = 0; at < count; at++) {
    each(at);
    yield rowAt(at);
  }
}

/** What is held while rows go through: few for a stage that takes them as they come, all for one that sorts. */
async function holdLittle(bench: Bench, count: number): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = async (stages: string): Promise<number> => {
    collect();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const look = (at: number) => {
      if (at % Math.floor(count / 5) !== 0 && at !== count - 1) return;
      collect();
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    };
    await through(stages, { kind: "rows", rows: inBatches(rowsUpTo(count, look)) });
    return most / KB / KB;
  };
  const few = await held("F load > 999.95 | L 10");
  const all = await held("S load | L 10");
  bench.report({
    metric: `held while ${count} rows go through F and L 10`,
    value: few,
    unit: "MB",
    peer: { name: "S and L 10", value: all },
    ratio: few / all,
    target: { of: "value", atMost: 8 },
  });
}

async function through(stages: string, input: Flow): Promise<OrderedJson> {
  let flow = input;
  for (const stage of compilePipeline(stages).stages) flow = await stage.apply(flow, RUN);
  return await dataOf(flow, RUN, { from: 0, to: 0 });
}

const STAGES: Readonly<Record<string, { ours: string; loops: (rows: readonly PlainRow[]) => unknown }>> = {
  F: { ours: "F load > 500", loops: (rows) => filterMore(rows, "load", 500) },
  "F and P": {
    ours: "F load > 500 | P host, load",
    loops: (rows) => project(filterMore(rows, "load", 500), ["host", "load"]),
  },
  S: { ours: "S !load", loops: (rows) => sortDown(rows, "load") },
  "G, A and Z": {
    ours: "G team | A count sum(load) AS sum avg(load) AS mean | Z",
    loops: (rows) => figures(group(rows, "team"), "load"),
  },
  "F, P, S, G, A and Z": {
    ours: "F load > 500 | P host, team, load | S !load | G team | A count sum(load) AS sum avg(load) AS mean | Z",
    loops: (rows) => {
      const sorted = sortDown(project(filterMore(rows, "load", 500), ["host", "team", "load"]), "load");
      return figures(group(sorted, "team"), "load");
    },
  },
};

/** In memory already, both of them. */
async function compareLoops(bench: Bench, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, at) => rowAt(at));
  const plain = Array.from({ length: count }, (_, at) => plainRowAt(at));
  for (const [name, { ours, loops }] of Object.entries(STAGES)) {
    const pipeline = compilePipeline(ours);
    const perSecond = await interleave<number>(bench.quick ? 1 : 3, {
      ours: () => rate(count, () => runPipeline(pipeline, { data: rows, meta: NO_META }, RUN)),
      loops: () => rate(count, async () => loops(plain)),
    });
    bench.report({
      metric: `rows through ${name}`,
      value: median(perSecond["ours"]!),
      unit: "/s",
      peer: { name: "row loops", value: median(perSecond["loops"]!) },
      ratio: medianRatio(perSecond["ours"]!, perSecond["loops"]!),
      target: { of: "ratio", atLeast: 1 },
    });
  }
}

async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (count * 1000) / (performance.now() - start);
}

const JQ_PROGRAM = `[inputs | select(.load > 500) | {host, team, load}] | sort_by(-.load) | group_by(.team)
  | map({team: .[0].team, count: length, sum: (map(.load) | add)}) | .[]`;

/** From JSON, a row a line, to JSON: jq can do nothing without reading. */
async function compareJq(bench: Bench, count: number): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "pipelines-"));
  const path = join(home, "rows.json");
  writeFileSync(path, Array.from({ length: count }, (_, at) => formatOrderedJson(rowAt(at))).join("\n"));
  try {
    if (spawnSync("jq", ["--version"]).status !== 0) {
      console.log("  jq is not installed here: nothing is compared with it");
      return;
    }
    await compareReading(bench, count, path);
    await compareExpression(bench, count, path);
  } finally {
    rmSync(home, { recursive: true });
  }
}

async function compareReading(bench: Bench, count: number, path: string): Promise<void> {
  const stages = "F load > 500 | P host, team, load | S !load | G team | A count sum(load) AS sum | Z";
  const perSecond = await interleave<number>(bench.quick ? 1 : 5, {
    ours: () =>
      rate(count, async () => formatOrderedJson(await through(stages, { kind: "rows", rows: [readRows(path)] }))),
    jq: () => rate(count, async () => jq(["-nc", JQ_PROGRAM, path])),
  });
  bench.report({
    metric: "rows read, through F, P, S, G, A and Z, and written",
    value: median(perSecond["ours"]!),
    unit: "/s",
    peer: { name: "jq", value: median(perSecond["jq"]!) },
    ratio: medianRatio(perSecond["ours"]!, perSecond["jq"]!),
    target: { of: "ratio", atLeast: 1 },
  });
}

async function compareExpression(bench: Bench, count: number, path: string): Promise<void> {
  const expression = "map(select(.load > 500) | {host, load})";
  const perSecond = await interleave<number>(bench.quick ? 1 : 3, {
    ours: () =>
      rate(count, async () =>
        formatOrderedJson(await through(`JQ '${expression}'`, { kind: "rows", rows: [readRows(path)] })),
      ),
    jq: () => rate(count, async () => jq(["-sc", expression, path])),
  });
  bench.report({
    metric: "rows read, through JQ, and written",
    value: median(perSecond["ours"]!),
    unit: "/s",
    peer: { name: "jq", value: median(perSecond["jq"]!) },
    ratio: medianRatio(perSecond["ours"]!, perSecond["jq"]!),
  });
}

function readRows(path: string): Row[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.map((line) => parseOrderedJson(line) as Row);
}

function jq(args: readonly string[]): void {
  const { status } = spawnSync("jq", args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("jq failed");
}
