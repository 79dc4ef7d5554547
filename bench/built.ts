// Where the benchmarks' own C programs are, and how they get there. Nothing is written outside build/.

import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..");
const OUT = join(ROOT, "build/bench");
const IS_MAC = process.platform === "darwin";

export const BUILT = {
  root: ROOT,
  runner: join(ROOT, "build/native/osprey-runner"),
  database: join(ROOT, "build/native/osprey-database"),
  plugin: join(OUT, "bench.so"),
  stores: join(OUT, "stores.so"),
  tasksPlugin: join(OUT, "tasks.so"),
  gatewayPlugin: join(OUT, "gateway.so"),
  pluginDir: join(OUT, "process"),
  processPlugin: join(OUT, "process/osp-bench"),
  slowPlugin: join(OUT, "osp-slow"),
  bareEcho: join(OUT, "bare-echo"),
  pingPong: join(OUT, "ping-pong"),
  echoOnce: join(OUT, "echo-once"),
  inProcess: join(OUT, "in-process.so"),
  /** A home of our own for the programs that have one. */
  home: join(OUT, "home"),
} as const;

const PROGRAM = ["-std=c11", "-O2", "-Wall", "-Wextra", IS_MAC ? "-D_DARWIN_C_SOURCE" : "-D_GNU_SOURCE"];
const LIBRARY = [...PROGRAM, "-shared", "-fPIC", "-fvisibility=hidden"];

/** Compiles the counterparts and the plugins, and the runner when it is not there. */
export async function build(): Promise<void> {
  await mkdir(BUILT.pluginDir, { recursive: true });
  await mkdir(BUILT.home, { recursive: true });
  const includes = ["-Isdk/c", "-Itest/fixtures/native"];
  await Promise.all([
    run("make", ["-s", "-C", "native"]),
    run("cc", [...LIBRARY, ...includes, "bench/plugins/bench.c", "-o", BUILT.plugin]),
    run("cc", [...LIBRARY, ...includes, "test/fixtures/native/stores.c", "-o", BUILT.stores]),
    run("cc", [...LIBRARY, ...includes, "bench/plugins/tasks.c", "-o", BUILT.tasksPlugin]),
    run("cc", [...LIBRARY, ...includes, "bench/plugins/gateway.c", "-o", BUILT.gatewayPlugin]),
    run("cc", [...LIBRARY.slice(0, -1), "bench/peers/in-process.c", "-o", BUILT.inProcess]),
    run("cc", [...PROGRAM, "bench/plugins/osp-bench.c", "-o", BUILT.processPlugin]),
    run("cc", [...PROGRAM, "bench/plugins/osp-slow.c", "-o", BUILT.slowPlugin]),
    run("cc", [...PROGRAM, "bench/peers/bare-echo.c", "-o", BUILT.bareEcho]),
    run("cc", [...PROGRAM, "bench/peers/ping-pong.c", "-o", BUILT.pingPong]),
    run("cc", [...PROGRAM, "bench/peers/echo-once.c", "-o", BUILT.echoOnce]),
  ]);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(command, args, { cwd: ROOT });
}
