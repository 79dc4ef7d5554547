// Keeps what a test host saw of its plugin, in the shapes that tests compare.

import type { PluginLine } from "../host/connect-plugin.ts";
import type { PluginWatch } from "../host/plugin-watch.ts";
import type { SeenConfigChange, SeenHostCall, SeenLog, SeenTaskEvent } from "./api.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

interface Traced<T> {
  readonly traceId: string | undefined;
  readonly seen: T;
}

export class Seen implements PluginWatch {
  #hostCalls: Traced<SeenHostCall>[] = [];
  #logs: Traced<SeenLog>[] = [];
  #events: SeenTaskEvent[] = [];
  #configChanges: SeenConfigChange[] = [];
  readonly #crashes: string[] = [];
  readonly #warnings: string[] = [];
  /** What plugin and host printed. */
  readonly #lines: string[] = [];

  hostCall({ name, args, agentId, traceId, isInContext, answer, chunks }: Parameters<PluginWatch["hostCall"]>[0]) {
    const seen = { name, args, request: jsonOf(args[0]), answer, chunks, agent: agentId, inContext: isInContext };
    this.#hostCalls.push({ traceId, seen });
  }

  log({ level, message, payload, agentId, traceId }: Parameters<PluginWatch["log"]>[0]) {
    const seen: SeenLog = {
      level: LEVELS[level] ?? "unknown",
      message,
      payload: jsonOf(payload) ?? payload,
      agent: agentId,
    };
    this.#logs.push({ traceId, seen });
  }

  taskEvent({ agentId, taskId, kind, json }: Parameters<PluginWatch["taskEvent"]>[0]) {
    this.#events.push({ taskId, kind, payload: jsonOf(json), agent: agentId });
  }

  configChange({ agentId, key, value }: Parameters<PluginWatch["configChange"]>[0]) {
    this.#configChanges.push({ key, value, agent: agentId });
  }

  crash(story: string) {
    this.#crashes.push(story);
  }

  /** What is printed, and what the host says of the plugin. */
  line({ level, text, fromHost }: PluginLine): void {
    this.#lines.push(text);
    if (fromHost === true && level === "warn") this.#warnings.push(text);
  }

  get hostCalls(): readonly SeenHostCall[] {
    return this.#hostCalls.map(({ seen }) => seen);
  }

  get logs(): readonly SeenLog[] {
    return this.#logs.map(({ seen }) => seen);
  }

  get events(): readonly SeenTaskEvent[] {
    return this.#events;
  }

  get configChanges(): readonly SeenConfigChange[] {
    return this.#configChanges;
  }

  get crashes(): readonly string[] {
    return this.#crashes;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What was seen in the course of one call. */
  of(traceId: string): { hostCalls: SeenHostCall[]; logs: SeenLog[] } {
    const own = <T>(all: readonly Traced<T>[]) => all.filter((one) => one.traceId === traceId).map(({ seen }) => seen);
    return { hostCalls: own(this.#hostCalls), logs: own(this.#logs) };
  }

  forget(): void {
    this.#hostCalls = [];
    this.#logs = [];
    this.#events = [];
    this.#configChanges = [];
  }
}

function jsonOf(text: string | null | undefined): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
