// What the plugins that are made with the native helpers say of a host that they ask for everything, in whatever language.

import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";

/** By the names that the tool `uses_host` gives them: an answer, or the code of a failure. */
export const EXERCISE_ANSWERS = {
  set: "käse",
  deleted: null,
  agent: DEFAULT_AGENT_ID,
  exec: { changes: 0, last_insert_rowid: 0 },
  query: { columns: ["?", "'x'"], rows: [[9007199254740992, "x"]] },
  query_error: "sql_error",
  models: { models: [] },
  tasks: { tasks: [] },
  status: "not_found",
  file: "not_found",
  http: "ssrf_blocked",
  embed: "invalid_request",
  complete: "invalid_request",
  stream: "invalid_request",
  dispatch: "invalid_request",
  cancelled: true,
};
