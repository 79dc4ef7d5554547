// Whether the host is there, for whoever watches it. These need no key and say nothing of plugins or agents.

import type { FastifyInstance } from "fastify";
import { VERSION } from "../base/version.ts";

export interface Readiness {
  isReady: boolean;
}

/** `/health`: the process answers. `/ready`: plugins are loaded, and it is not being stopped. */
export function registerHealth(app: FastifyInstance, readiness: Readiness): void {
  app.get("/health", async (_, reply) => reply.header("cache-control", "no-store").send({ status: "ok" }));
  app.get("/ready", async (_, reply) =>
    reply
      .header("cache-control", "no-store")
      .code(readiness.isReady ? 200 : 503)
      .send({ status: readiness.isReady ? "ready" : "not ready" }),
  );
}

export interface Counts {
  open: number;
  /** By the first digit of the status. */
  readonly answered: Map<number, number>;
}

/** `/metrics`, as Prometheus reads it; it needs a key. */
export function registerMetrics(app: FastifyInstance, counts: Counts, readiness: Readiness): void {
  app.get("/metrics", async (_, reply) => reply.type("text/plain; version=0.0.4").send(metricsText(counts, readiness)));
}

function metricsText({ open, answered }: Counts, { isReady }: Readiness): string {
  const { rss, heapUsed } = process.memoryUsage();
  const lines = [
    ...metric("osaurus_info", "gauge", "The version that runs.", [[`{version="${VERSION}"}`, 1]]),
    ...metric("osaurus_ready", "gauge", "1 when plugins are loaded.", [["", isReady ? 1 : 0]]),
    ...metric("osaurus_uptime_seconds", "gauge", "Since the process began.", [["", Math.round(process.uptime())]]),
    ...metric("osaurus_resident_memory_bytes", "gauge", "Memory of the host's process.", [["", rss]]),
    ...metric("osaurus_heap_used_bytes", "gauge", "Memory in use for JavaScript.", [["", heapUsed]]),
    ...metric("osaurus_http_requests_open", "gauge", "Requests that are being answered.", [["", open]]),
    ...metric(
      "osaurus_http_requests_total",
      "counter",
      "Requests that were answered, by class of status.",
      [...answered].sort(([one], [other]) => one - other).map(([digit, count]) => [`{status="${digit}xx"}`, count]),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function metric(name: string, type: string, help: string, values: readonly (readonly [string, number])[]): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}
