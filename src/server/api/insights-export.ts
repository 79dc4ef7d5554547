// Rows of Insights as a file: a JSON text a line, or CSV. It is written while it is read, page by page, so that it may be as long
// as it likes.

import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import type { InsightRow } from "../../protocol/insights-query.ts";
import type { ApiCall } from "./api-route.ts";
import { rowDocument } from "./insights-documents.ts";

export type ExportFormat = "jsonl" | "csv";

const TYPES: Readonly<Record<ExportFormat, string>> = {
  jsonl: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};

const COLUMNS = [
  "id",
  "time",
  "plugin_id",
  "agent_id",
  "kind",
  "method",
  "path",
  "status",
  "duration_ms",
  "error_code",
  "trace_id",
  "task_id",
  "request",
  "response",
] as const satisfies readonly (keyof ReturnType<typeof rowDocument>)[];

/**
 * Sends the rows for somebody to keep, until he has them, takes nothing for long, or the signal ends it. Throws `rate_limited`
 * when too many read already.
 */
export function sendExport(
  { request, reply, streams }: Pick<ApiCall, "request" | "reply" | "streams">,
  format: ExportFormat,
  pages: AsyncIterable<InsightRow[]>,
  signal: AbortSignal,
): FastifyReply {
  const close = streams.open(request.accessKey);
  const file = Readable.from(texts(format, pages));
  // Whoever sends it looks at how it ended; it may end before anybody does.
  file.on("error", () => {});
  const { raw } = reply;
  // What was asked for without its body is read by nobody either.
  const end = () => {
    close();
    file.destroy();
  };
  if (raw.destroyed) end();
  else raw.once("close", end);
  // Whoever has stopped to read would not see that there are no more rows.
  const stop = () => file.destroy(new HostError("interrupted", "nobody may have these rows any more"));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  // The server's own timer: nothing was taken for as long as it allows.
  raw.on("timeout", () => {
    if (raw.writableNeedDrain) raw.destroy();
  });
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return reply
    .type(TYPES[format])
    .header("content-disposition", `attachment; filename="insights-${time}Z.${format}"`)
    .header("x-content-type-options", "nosniff")
    .send(file);
}

async function* texts(format: ExportFormat, pages: AsyncIterable<InsightRow[]>): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\r\n`;
  const textOf = format === "csv" ? csvLine : (row: InsightRow) => `${JSON.stringify(rowDocument(row))}\n`;
  for await (const page of pages) yield page.map(textOf).join("");
}

function csvLine(row: InsightRow): string {
  const document = rowDocument(row);
  return `${COLUMNS.map((name) => csvCell(document[name])).join(",")}\r\n`;
}

/** What a program for tables would take for a formula begins with a sign that makes it a text. */
const FORMULA = /^\s*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20|%]/;

function csvCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
