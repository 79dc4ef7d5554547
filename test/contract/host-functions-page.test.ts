// docs/host-functions.md says which functions are served, and which limits they have.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type HostFunction, hostFunctionAt } from "../../src/protocol/host-slots.ts";
import * as limits from "../../src/protocol/limits.ts";
import { openHostApi } from "../helpers/host-api.ts";
import { toldInference } from "../helpers/told-inference.ts";
import { toldTasks } from "../helpers/told-tasks.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/host-functions.md"), "utf8");

const MIB = 1024 * 1024;
const LIMITS: readonly (readonly [string, string])[] = [
  ["key of a setting", `${limits.CONFIG_KEY_BYTES_MAX} bytes`],
  ["value of a setting", `${limits.CONFIG_VALUE_BYTES_MAX / MIB} MiB`],
  ["database", `${limits.DATABASE_BYTES_MAX / MIB} MiB`],
  ["one statement", `${limits.STATEMENT_MS_MAX / 1000} s`],
  ["text of a statement", `${limits.SQL_BYTES_MAX / MIB} MiB`],
  ["parameters of a statement", `${limits.SQL_PARAMS_BYTES_MAX / MIB} MiB`],
  ["body of a request or of its response", `${limits.HTTP_BODY_BYTES_MAX} bytes`],
  ["time for a request, unless it says another", `${limits.HTTP_MS_DEFAULT / 1000} s`],
  ["time for a request, the most that it may say", `${limits.HTTP_MS_MAX / 1000} s`],
  [`requests of an agent in ${limits.HTTP_WINDOW_MS / 1000} s`, `${limits.HTTP_REQUESTS_MAX}`],
  ["file that is read", `${limits.FILE_READ_BYTES_MAX} bytes`],
  ["path of a file", `${limits.FILE_PATH_BYTES_MAX} bytes`],
  ["links on the way to a file", `${limits.FILE_PATH_LINKS_MAX}`],
  ["files read at the same time; others wait", `${limits.FILE_READS_MAX}`],
  ["requests for inference at the same time; others are refused", `${limits.PLUGIN_INFERENCE_OPEN_MAX}`],
  ["time for one of them", `${limits.RUN_MS_MAX / 1000} s`],
  ["text of one of them", `${limits.INFERENCE_REQUEST_BYTES_MAX / MIB} MiB`],
  ["messages in one of them", `${limits.INFERENCE_MESSAGES_MAX}`],
  ["tools in one of them", `${limits.INFERENCE_TOOLS_MAX}`],
  ["calls of the model in one of them, unless it says another", `${limits.RUN_ITERATIONS_DEFAULT}`],
  ["calls of the model in one of them, the most that it may say", `${limits.RUN_ITERATIONS_MAX}`],
  ["texts for one `embed`", `${limits.EMBED_INPUTS_MAX}`],
  ["`stream_id`", `${limits.STREAM_ID_CHARS_MAX} characters`],
  ["`session_id`", `${limits.SESSION_KEY_CHARS_MAX} characters`],
  ["text in one chunk", `${limits.CHUNK_TEXT_CHARS_MAX} characters`],
  ["request of one `dispatch`", `${limits.TASK_REQUEST_CHARS_MAX} characters`],
  ["title of a task", `${limits.TASK_TITLE_CHARS_MAX} characters`],
  ["tools in one `dispatch`", `${limits.TASK_TOOLS_MAX}`],
  [
    `dispatches for an agent in ${limits.TASK_DISPATCH_WINDOW_MS / 1000} s, by one host`,
    `${limits.TASK_DISPATCHES_MAX}`,
  ],
  ["text that interrupts a task", `${limits.TASK_MESSAGE_CHARS_MAX} characters`],
  ["draft of a task", `${limits.TASK_DRAFT_CHARS_MAX} characters`],
  ["entries in the feed of a task", `${limits.TASK_FEED_ENTRIES_MAX}`],
  ["text of a task, of which the end is told", `${limits.TASK_OUTPUT_CHARS_MAX} characters`],
  ["texts and drafts in one list of tasks", `${limits.TASKS_REPORTED_CHARS_MAX} characters`],
  ["all of one call or of its answer", `${limits.FRAME_BYTES_MAX / MIB} MiB`],
  ["host calls of a plugin that are open", `${limits.HOST_CALLS_OPEN_MAX}`],
  ["different warnings about a plugin", `${limits.WARNING_KEYS_MAX}`],
];

test("the page's limits are those of the host, all of them and no others", () => {
  const table = page.slice(page.indexOf("\n## Limits\n"));
  const rows = [...table.matchAll(/^\| ([^|-][^|]*) \| ([^|]+) \|$/gm)].map(([, what, limit]) => [what, limit]);
  expect(rows).toEqual(LIMITS);
});

/** Served by the runner itself, or taken as lines of the log: none of them reaches the host API. */
const WITHOUT_THE_HOST = ["log", "log_structured", "get_active_agent_id", "free_string"];

function allFunctions(): HostFunction[] {
  const all: HostFunction[] = [];
  for (let slot = 1; ; slot++) {
    const name = hostFunctionAt(slot);
    if (name === undefined) return all;
    all.push(name);
  }
}

test("the page lists the functions that are served, and no others", async () => {
  const table = page.slice(page.indexOf("| function | arguments"), page.indexOf("\nAll others"));
  const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
  const served: string[] = [...WITHOUT_THE_HOST];
  for (const name of allFunctions().filter((one) => !WITHOUT_THE_HOST.includes(one))) {
    const { call, rows } = openHostApi({ inference: toldInference(), tasks: toldTasks() });
    await call(name, ["no request", null]);
    if (rows.every(({ errorCode }) => errorCode !== "not_supported")) served.push(name);
  }
  expect(listed.sort()).toEqual(served.sort());
});
