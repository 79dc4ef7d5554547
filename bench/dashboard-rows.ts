// Rows of Insights to measure with: of several plugins and kinds, with bodies as long as bodies are, written as a host writes them.

import { join } from "node:path";
import { insightsPath } from "../src/host/stores.ts";
import { Insights } from "../src/insights/insights.ts";
import type { Activity } from "../src/protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../src/protocol/agent-id.ts";
import { BUILT } from "./built.ts";

const KINDS = ["tool", "host", "host", "log", "route", "inference", "host"] as const;
const BODY = JSON.stringify({ ok: true, result: "x".repeat(400) });
const ROWS_PER_FLUSH = 5_000;
const ROW_MS = 200;

export function openRecorder(home: string): Insights {
  return new Insights({
    path: insightsPath({ data: home }),
    program: join(BUILT.root, "build/native/osprey-database"),
    warn(text) {
      throw new Error(text);
    },
  });
}

export async function writeRows(recorder: Insights, count: number): Promise<void> {
  const start = Date.now() - count * ROW_MS;
  for (let at = 0; at < count; at++) {
    recorder.record(rowAt(at, start + at * ROW_MS));
    // More than wait at once would be dropped.
    if (at % ROWS_PER_FLUSH === 0) await recorder.flush();
  }
  await recorder.flush();
}

export function rowAt(at: number, time: number, pluginId = `org.example.plugin-${at % 9}`): Activity {
  const kind = KINDS[at % KINDS.length]!;
  return {
    time,
    pluginId,
    agentId: DEFAULT_AGENT_ID,
    kind,
    method: kind === "log" ? "LOG" : "POST",
    path: kind === "log" ? "[INFO] read the file" : `/tools/tool-${at % 50}`,
    status: at % 37 === 0 ? 500 : 200,
    durationMs: ((at * 7_919) % 1_000) / 3,
    request: kind === "log" ? JSON.stringify({ user: at % 500, step: "parse" }) : BODY,
    response: BODY,
    traceId: `trace-${Math.floor(at / KINDS.length)}`,
  };
}
