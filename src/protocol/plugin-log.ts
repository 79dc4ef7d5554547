// One line of a native plugin's log, as it is stored (a JSON object a line) and as programs get it. Writing and reading
// the files is the business of src/plugins/native/plugin-log.ts and read-plugin-log.ts.

import * as z from "zod/mini";
import { LOG_LEVELS } from "./log-levels.ts";

const TEXT_CHARS_MAX = 64 * 1024;
const NAME_CHARS_MAX = 1024;
const LINES_MAX = 1024;

const Text = z.string().check(z.maxLength(TEXT_CHARS_MAX));
const Name = z.string().check(z.maxLength(NAME_CHARS_MAX));
const Lines = z.array(Text).check(z.maxLength(LINES_MAX));

export const LogRecord = z.object({
  time: z.iso.datetime(),
  /** What the plugin logged, what it printed, how it crashed, how loading it went, what the host has to say. */
  kind: z.enum(["log", "output", "crash", "load", "note"]),
  level: z.optional(z.enum(LOG_LEVELS)),
  text: Text,
  /** What `log_structured` was given: JSON text, as the plugin wrote it. */
  payload: z.optional(Text),
  agent_id: z.optional(Name),
  /** Where an `output` line was printed. */
  stream: z.optional(z.enum(["stdout", "stderr"])),
  plugin_id: z.optional(Name),
  version: z.optional(Name),
  /** Of a crash: one of these two. */
  signal: z.optional(Name),
  exit_code: z.optional(z.int()),
  /** The function of the plugin that was called. */
  entry: z.optional(Name),
  /** The function of the host that the plugin was in. */
  host_function: z.optional(Name),
  /** For a plugin that crashed while it was loaded: how far that had come. */
  load_step: z.optional(Name),
  /** From the place of the crash outwards. */
  stack: z.optional(Lines),
  /** What the plugin logged and printed last. */
  last_lines: z.optional(Lines),
  restart_in_ms: z.optional(z.number()),
});
export type LogRecord = z.infer<typeof LogRecord>;
