// Calls of a tool over MCP: Osprey, whose tool runs in a process of its own, checked, permitted and recorded, beside the
// official SDK's own servers, whose tool is a function in the server.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installFixture } from "../../test/helpers/installed-plugin.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { type Era, ended, type McpTarget, overHttp, overStdio } from "../mcp-load.ts";
import { interleave, median, medianRatio } from "../measure.ts";
import { newKey, OSAURUS, portFrom } from "../served.ts";

const PEERS = join(BUILT.root, "bench/peers");
const WIDTHS = [1, 16];

export const mcp: Section = { name: "mcp", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "mcp-"));
  // The id in the manifest of the benchmarks' plugin.
  installFixture(home, "bench", { id: "test.bench", library: BUILT.plugin });
  const env = { PATH: process.env["PATH"], HOME: home, OSAURUS_HOME: home, OSAURUS_KEY_PROTECTION: "key-file" };
  try {
    await stdio(bench, env);
    await http(bench, env);
  } finally {
    rmSync(home, { recursive: true });
  }
}

async function stdio(bench: Bench, env: NodeJS.ProcessEnv): Promise<void> {
  const ours = await overStdio("Osprey", "echo", OSAURUS, ["mcp"], env);
  const theirs = await overStdio("SDK server", "echo", process.execPath, [join(PEERS, "mcp-server.mjs")]);
  await compare(bench, "stdio", ours, theirs);
}

async function http(bench: Bench, env: NodeJS.ProcessEnv): Promise<void> {
  const key = await newKey(env);
  const host = spawn(OSAURUS, ["serve", "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const peer = spawn(process.execPath, [join(PEERS, "mcp-http-server.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [hostPort, peerPort] = await Promise.all([portFrom(host), portFrom(peer)]);
    for (const [era, peerPath] of [
      ["2025-11-25", "/older"],
      ["2026-07-28", "/newer"],
    ] as const satisfies [Era, string][]) {
      const ours = await overHttp("Osprey", era, { port: hostPort, path: "/mcp", tool: "echo", key });
      const theirs = await overHttp("SDK server", era, { port: peerPort, path: peerPath, tool: "echo" });
      await compare(bench, `HTTP, ${era}`, ours, theirs);
    }
  } finally {
    for (const child of [host, peer]) await ended(child, () => void child.kill());
  }
}

async function compare(bench: Bench, over: string, ours: McpTarget, theirs: McpTarget): Promise<void> {
  const ms = bench.quick ? 300 : 500;
  // Compilers need their time.
  for (const one of [ours, theirs]) for (const width of WIDTHS) await one.rate(width, 1_000);
  for (const width of WIDTHS) {
    const rates = await interleave<number>(bench.quick ? 3 : 5, {
      ours: () => ours.rate(width, ms),
      theirs: () => theirs.rate(width, ms),
    });
    bench.report({
      metric: `tools/call over ${over}, ${width} in flight`,
      value: median(rates["ours"]!),
      unit: "/s",
      peer: { name: theirs.name, value: median(rates["theirs"]!) },
      ratio: medianRatio(rates["ours"]!, rates["theirs"]!),
      target: { of: "ratio", atLeast: 1 },
    });
  }
  await Promise.all([ours.close(), theirs.close()]);
}
