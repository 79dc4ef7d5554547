// All sections, in the order in which they run.

import type { Section } from "./bench.ts";
import { HAS_PROC } from "./process-facts.ts";
import { chunksFree, chunksPinned } from "./sections/chunks.ts";
import { cli } from "./sections/cli.ts";
import { completion } from "./sections/completion.ts";
import { configFree, configPinned } from "./sections/config.ts";
import { cpu } from "./sections/cpu.ts";
import { crashFree, crashPinned } from "./sections/crash.ts";
import { dashboard } from "./sections/dashboard.ts";
import { devLoop } from "./sections/dev-loop.ts";
import { discovery } from "./sections/discovery.ts";
import { editor } from "./sections/editor.ts";
import { gateway } from "./sections/gateway.ts";
import { hostCallFree, hostCallPinned } from "./sections/host-call.ts";
import { idlePlugins } from "./sections/idle-plugins.ts";
import { insights } from "./sections/insights.ts";
import { latencyFree, latencyPinned } from "./sections/latency.ts";
import { mcp } from "./sections/mcp.ts";
import { memory } from "./sections/memory.ts";
import { pipelines } from "./sections/pipelines.ts";
import { reload } from "./sections/reload.ts";
import { spawn } from "./sections/spawn.ts";
import { storageFree, storagePinned } from "./sections/storage.ts";
import { stream } from "./sections/stream.ts";
import { tasks } from "./sections/tasks.ts";
import { threads } from "./sections/threads.ts";
import { throughputFree, throughputPinned } from "./sections/throughput.ts";
import { toolCallFree, toolCallPinned } from "./sections/tool-call.ts";

export const SECTIONS: readonly Section[] = [
  latencyPinned,
  latencyFree,
  hostCallPinned,
  hostCallFree,
  configPinned,
  configFree,
  storagePinned,
  storageFree,
  throughputPinned,
  throughputFree,
  toolCallPinned,
  toolCallFree,
  insights,
  mcp,
  gateway,
  dashboard,
  chunksPinned,
  chunksFree,
  stream,
  tasks,
  spawn,
  ...(HAS_PROC ? [memory, idlePlugins, threads, cpu] : []),
  crashPinned,
  crashFree,
  reload,
  devLoop,
  cli,
  completion,
  discovery,
  editor,
  pipelines,
];
