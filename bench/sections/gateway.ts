// What plugins serve over HTTP: a route that a native plugin answers, and a file of its web UI, through `osaurus serve` with all
// of its checks and its records, beside bare Fastify that answers the same.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installFixture } from "../../test/helpers/installed-plugin.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { type HttpTarget, httpLoad, idleConnections, type Load } from "../http-load.ts";
import { ended } from "../mcp-load.ts";
import { interleave, median, medianRatio } from "../measure.ts";
import { HAS_PROC, memoryOf } from "../process-facts.ts";
import { newKey, OSAURUS, portFrom } from "../served.ts";

const PEER = join(BUILT.root, "bench/peers/fastify-server.mjs");
const PLUGIN = "test.gateway";
const AGENT = "00000000-0000-0000-0000-000000000001";
const WIDTH = 16;
const IDLE_CONNECTIONS = 1_000;
/** The first two are kept in memory, the others are read from the disk for each request. */
const FILES = { "small.js": 2_000, "medium.js": 100_000, "large.js": 2_000_000, "huge.js": 20_000_000 } as const;

export const gateway: Section = { name: "gateway", placement: "free", run };

interface Served {
  readonly child: ChildProcess;
  /** By the name of what is asked for. */
  target(path: string): HttpTarget;
}

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "gateway-"));
  const folder = join(installFixture(home, "gateway", { id: PLUGIN, library: BUILT.gatewayPlugin }), "web");
  mkdirSync(folder);
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>bench</title>");
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(folder, name), "x".repeat(bytes));
  const started: ChildProcess[] = [];
  try {
    const ours = await startOurs(home, started);
    const theirs = await startTheirs(folder, started);
    // Before all else: what a server under load holds for a while, and lets go of, would hide it.
    if (HAS_PROC) await idleMemory(bench, ours, theirs);
    await compare(bench, "a plugin's JSON route", ours.target("/items/42"), theirs.target("/items/42"), 0.5);
    for (const [name, bytes] of Object.entries(FILES)) {
      const path = `/ui/${name}`;
      await compare(bench, `a file of ${sizeOf(bytes)}`, ours.target(path), theirs.target(path), 0.7);
    }
  } finally {
    for (const child of started) await ended(child, () => void child.kill());
    rmSync(home, { recursive: true });
  }
}

async function compare(bench: Bench, what: string, ours: HttpTarget, theirs: HttpTarget, atLeast: number) {
  const ms = bench.quick ? 400 : 1_000;
  for (const target of [ours, theirs]) await httpLoad(target, WIDTH, 1_000);
  const loads = await interleave<Load>(bench.quick ? 3 : 7, {
    ours: () => httpLoad(ours, WIDTH, ms),
    theirs: () => httpLoad(theirs, WIDTH, ms),
  });
  const of = (name: string, member: keyof Load) => loads[name]!.map((load) => load[member]);
  bench.report({
    metric: `${what}, ${WIDTH} connections`,
    value: median(of("ours", "perSecond")),
    unit: "/s",
    peer: { name: "bare Fastify", value: median(of("theirs", "perSecond")) },
    ratio: medianRatio(of("ours", "perSecond"), of("theirs", "perSecond")),
    target: { of: "ratio", atLeast },
  });
  bench.report({
    metric: `${what}, p99`,
    value: median(of("ours", "p99Ms")),
    unit: "ms",
    peer: { name: "bare Fastify", value: median(of("theirs", "p99Ms")) },
    ratio: medianRatio(of("ours", "p99Ms"), of("theirs", "p99Ms")),
  });
}

function sizeOf(bytes: number): string {
  return bytes < 1_000_000 ? `${bytes / 1_000} kB` : `${bytes / 1_000_000} MB`;
}

/** What connections cost on which nothing is asked. */
async function idleMemory(bench: Bench, ours: Served, theirs: Served): Promise<void> {
  const cost = async ({ child, target }: Served): Promise<number> => {
    const before = memoryOf(child.pid!).rss;
    const sockets = await idleConnections(target("/ui/small.js"), IDLE_CONNECTIONS);
    const after = memoryOf(child.pid!).rss;
    for (const socket of sockets) socket.destroy();
    return after - before;
  };
  const [value, peer] = [await cost(ours), await cost(theirs)];
  bench.report({
    metric: `memory of ${IDLE_CONNECTIONS} idle connections`,
    value,
    unit: "MB",
    peer: { name: "bare Fastify", value: peer },
    ratio: value / peer,
  });
}

async function startOurs(home: string, started: ChildProcess[]): Promise<Served> {
  const env = { PATH: process.env["PATH"], HOME: home, OSAURUS_HOME: home, OSAURUS_KEY_PROTECTION: "key-file" };
  const key = await newKey(env);
  const child = spawn(OSAURUS, ["serve", "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  const port = await portFrom(child);
  const headers = { authorization: `Bearer ${key}`, "x-osaurus-agent-id": AGENT };
  return { child, target: (path) => ({ port, path: `/plugins/${PLUGIN}${path}`, headers }) };
}

async function startTheirs(folder: string, started: ChildProcess[]): Promise<Served> {
  const child = spawn(process.execPath, [PEER, folder], { stdio: ["pipe", "pipe", "inherit"] });
  started.push(child);
  const port = await portFrom(child);
  return { child, target: (path) => ({ port, path }) };
}
