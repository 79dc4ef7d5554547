// The functions that a host offers to native plugins, in the order of the frozen table ("Osaurus: Host API"): how they are
// called, and what goes in and out. Helpers for other languages and the reference are generated from here
// (scripts/generate-sdk.ts), and tests hold the C header and the slots of the line against it. Nothing here is needed to
// serve a call, so the program itself never loads it.

import type { HostFunction } from "./host-slots.ts";

/** `maybe text` may be NULL. All others may not: a call with NULL for one of them does nothing. */
type HostArgumentKind = "text" | "maybe text" | "level" | "on chunk" | "user data";

/** One member of a request or an answer. Without `required` it may be left out, and null is the same as that. */
interface HostMember {
  readonly type: string;
  readonly required?: true;
  readonly is: string;
}

export type HostMembers = Readonly<Record<string, HostMember>>;

export interface HostFunctionFacts {
  /** The version of the interface whose table has it first. */
  readonly since: 2 | 3 | 4 | 5 | 6;
  readonly args: Readonly<Record<string, HostArgumentKind>>;
  /** `json`: an object, or `{"error","message"}`. `text`: as it is, or NULL. The plugin has to release both. */
  readonly returns: "json" | "text" | "nothing";
  readonly does: string;
  readonly group: "settings" | "database" | "log" | "tasks" | "models" | "world" | "memory";
  /** It has its place in the table, and no more. */
  readonly isReserved?: true;
  /** The members of the JSON that goes in. */
  readonly request?: HostMembers;
  /** The members of the JSON that comes out when nothing went wrong. */
  readonly answer?: HostMembers;
  /** The codes that are its own, beside HOST_ERRORS; one that is there as well means something more specific here. */
  readonly errors?: readonly string[];
}

const TASK_ID = { type: "text", required: true, is: "a UUID in capital letters" } as const;

const COMPLETION: HostMembers = {
  messages: { type: "list of objects", required: true, is: "the conversation: `role` and `content` of each" },
  model: { type: "text", is: "the agent's model, or else the host's, without it" },
  tools: { type: "true or list of objects", is: "`true`: those of the agent; a list: these definitions" },
  max_iterations: { type: "whole number", is: "how often the model is called at most" },
  max_tokens: { type: "whole number", is: "of the answer" },
  temperature: { type: "number", is: "for the model" },
  top_p: { type: "number", is: "for the model" },
  frequency_penalty: { type: "number", is: "for the model" },
  presence_penalty: { type: "number", is: "for the model" },
  stop: { type: "text or list of texts", is: "where the model stops" },
  n: { type: "whole number", is: "for the model; the first choice counts" },
  seed: { type: "whole number", is: "for the model" },
  tool_choice: { type: "text or object", is: "for the model" },
  parallel_tool_calls: { type: "true or false", is: "for the model" },
  response_format: { type: "object", is: "for the model" },
  enable_thinking: { type: "true or false", is: "for the model" },
  reasoning_effort: { type: "text", is: "for the model" },
  session_id: { type: "text", is: "the plugin's name for a conversation; the same one goes on" },
};

const COMPLETED: HostMembers = {
  id: { type: "text", required: true, is: "of this completion" },
  model: { type: "text", required: true, is: "the one that was asked" },
  choices: { type: "list of objects", required: true, is: "one: `index`, `message`, `finish_reason`" },
  tool_calls_executed: { type: "list of objects", is: "`name` and `tool_call_id` of each call that was made" },
  shared_artifacts: { type: "list of objects", is: "files that were shared meanwhile" },
  usage: { type: "object", is: "`prompt_tokens`, `completion_tokens`, `total_tokens`" },
  usage_is_estimated: { type: "true", is: "the model's server did not say how much it was" },
};

const COMPLETION_ERRORS = [
  "invalid_request",
  "request_too_large",
  "plugin_busy",
  "inference_error",
  "max_iterations_reached",
  "cancelled",
  "host_timeout",
] as const;

const TASK: HostMembers = {
  id: TASK_ID,
  title: { type: "text", required: true, is: "what people see of it" },
  status: {
    type: "text",
    required: true,
    is: "`running`, `awaitingClarification`, `completed`, `failed` or `cancelled`",
  },
  current_step: { type: "text", is: "what it does, while it runs" },
  activity: { type: "list of objects", is: "the newest entries of its feed, while it runs" },
  output: { type: "text", is: "what the agent said last, or says now" },
  draft: { type: "object", is: "the one that was sent last" },
  success: { type: "true or false", is: "when it is completed or failed" },
  summary: { type: "text", is: "how it ended, when it is completed or failed" },
  session_id: { type: "text", is: "its conversation, when it is completed or failed" },
};

/** What keeps the host from serving any function that answers with JSON. */
export const HOST_ERRORS: Readonly<Record<string, string>> = {
  context_unavailable: "the thread that asks works for no call of the host, or the plugin was removed or shut down",
  not_supported: "the host does not serve the function",
  plugin_busy: "too many host calls of the plugin are open, or they hold too much text",
  request_too_large: "what was asked is over 64 MiB",
  response_too_large: "the answer is over 64 MiB, or holds a NUL character",
  internal: "something went wrong in the host",
};

const DATABASE_ERRORS = [
  "sql_error",
  "forbidden",
  "statement_timeout",
  "request_too_large",
  "response_too_large",
  "database_stopped",
  "database_broken",
  "database_in_use",
  "database_program_missing",
  "store_broken",
  "data_key_missing",
  "keyring_failed",
] as const;

/** In the order of their slots, from 1. */
export const HOST_FUNCTIONS: Readonly<Record<HostFunction, HostFunctionFacts>> = {
  config_get: {
    since: 2,
    args: { key: "text" },
    returns: "text",
    group: "settings",
    does: "Reads a setting or secret of the agent that the call works for. An empty text is a value; NULL is none.",
  },
  config_set: {
    since: 2,
    args: { key: "text", value: "text" },
    returns: "nothing",
    group: "settings",
    does: "Keeps a setting for the agent that the call works for. The plugin is not told of its own change.",
  },
  config_delete: {
    since: 2,
    args: { key: "text" },
    returns: "nothing",
    group: "settings",
    does: "Forgets a setting of the agent that the call works for.",
  },
  db_exec: {
    since: 2,
    args: { sql: "text", params_json: "maybe text" },
    returns: "json",
    group: "database",
    does: "Runs one statement in the plugin's own SQLite database. Parameters are a JSON list or object.",
    answer: {
      changes: { type: "whole number", required: true, is: "rows that were changed" },
      last_insert_rowid: { type: "whole number", required: true, is: "of the newest row" },
    },
    errors: DATABASE_ERRORS,
  },
  db_query: {
    since: 2,
    args: { sql: "text", params_json: "maybe text" },
    returns: "json",
    group: "database",
    does: "Runs one statement and gives its rows. Parameters are a JSON list or object.",
    answer: {
      columns: { type: "list of texts", required: true, is: "names of the columns" },
      rows: { type: "list of lists", required: true, is: "the cells of each row, in the order of the columns" },
    },
    errors: DATABASE_ERRORS,
  },
  log: {
    since: 2,
    args: { level: "level", message: "text" },
    returns: "nothing",
    group: "log",
    does: "Writes a line into the plugin's log. It works on every thread.",
  },
  dispatch: {
    since: 2,
    args: { request_json: "text" },
    returns: "json",
    group: "tasks",
    does: "Starts a task: a run of the agent that goes on by itself. Returns at once; `on_task_event` is told the rest.",
    request: {
      prompt: { type: "text", required: true, is: "what the agent is to do" },
      title: { type: "text", is: "what people see of the task; `Chat` without it" },
      session_id: { type: "text", is: "the plugin's name for a conversation; the same one goes on" },
      external_session_key: { type: "text", is: "what older plugins call `session_id`" },
      tools: { type: "list of texts", is: "ids of the plugin's own tools that the agent has for this task" },
      id: { type: "text", is: "a UUID that the task should have; the answer has the one that it has" },
    },
    answer: { id: TASK_ID, status: { type: "text", required: true, is: "`running`" } },
    errors: [
      "invalid_request",
      "request_too_large",
      "missing_agent_context",
      "rate_limit_exceeded",
      "task_limit_reached",
    ],
  },
  task_status: {
    since: 2,
    args: { task_id: "text" },
    returns: "json",
    group: "tasks",
    does: "Says what a task of this plugin does, or how it ended.",
    answer: TASK,
    errors: ["invalid_task_id", "not_found"],
  },
  dispatch_cancel: {
    since: 2,
    args: { task_id: "text" },
    returns: "nothing",
    group: "tasks",
    does: "Ends a task. It is told `CANCELLED`, and nothing behind that.",
  },
  dispatch_clarify: {
    since: 2,
    args: { task_id: "text", response: "text" },
    returns: "nothing",
    group: "tasks",
    does: "Reserved: nothing happens. An answer to a question is a `dispatch` with the same `session_id`.",
    isReserved: true,
  },
  complete: {
    since: 2,
    args: { request_json: "text" },
    returns: "json",
    group: "models",
    does: "Asks a model and waits for its answer. Tools that it calls are run by the host.",
    request: COMPLETION,
    answer: COMPLETED,
    errors: COMPLETION_ERRORS,
  },
  complete_stream: {
    since: 2,
    args: { request_json: "text", on_chunk: "on chunk", user_data: "user data" },
    returns: "json",
    group: "models",
    does: "The same, and `on_chunk` gets each piece as it comes, on this thread. The answer is whole again.",
    request: {
      ...COMPLETION,
      stream_id: { type: "text", is: "a name that `complete_cancel` can end it by" },
    },
    answer: COMPLETED,
    errors: COMPLETION_ERRORS,
  },
  embed: {
    since: 2,
    args: { request_json: "text" },
    returns: "json",
    group: "models",
    does: "Turns texts into vectors.",
    request: {
      input: { type: "text or list of texts", required: true, is: "what to turn into vectors" },
      model: { type: "text", is: "the host's for this without it" },
    },
    answer: {
      model: { type: "text", required: true, is: "the one that was asked" },
      data: { type: "list of objects", required: true, is: "`index`, `embedding` and `dimensions` of each text" },
      usage: { type: "object", required: true, is: "`prompt_tokens`, `total_tokens`" },
    },
    errors: ["invalid_request", "request_too_large", "plugin_busy", "embedding_error", "cancelled", "host_timeout"],
  },
  list_models: {
    since: 2,
    args: {},
    returns: "json",
    group: "models",
    does: "Lists the models that the host can ask.",
    answer: {
      models: {
        type: "list of objects",
        required: true,
        is: "`id`, `name`, `provider`, `type`, `capabilities`; `context_window` and `dimensions` where they are known",
      },
    },
    errors: ["inference_error", "cancelled", "host_timeout"],
  },
  http_request: {
    since: 2,
    args: { request_json: "text" },
    returns: "json",
    group: "world",
    does: "Sends an HTTP request to the public internet. Addresses of this machine and of private networks are refused.",
    request: {
      method: { type: "text", required: true, is: "such as `GET`" },
      url: { type: "text", required: true, is: "`http` or `https`" },
      headers: { type: "object", is: "name and value of each header" },
      body: { type: "text", is: "what is sent" },
      body_encoding: { type: "text", is: "`utf8`, which it is without it, or `base64`" },
      timeout_ms: { type: "number", is: "for all of it, redirects too" },
      follow_redirects: { type: "true or false", is: "`true` without it" },
    },
    answer: {
      status: { type: "whole number", required: true, is: "of the response" },
      headers: { type: "object", required: true, is: "names are in lower case" },
      body: { type: "text", required: true, is: "of the response" },
      body_encoding: { type: "text", required: true, is: "`utf8`, or `base64` for what is no text" },
      elapsed_ms: { type: "whole number", required: true, is: "how long it took" },
    },
    errors: [
      "invalid_request",
      "request_too_large",
      "response_too_large",
      "ssrf_blocked",
      "rate_limit_exceeded",
      "too_many_redirects",
      "invalid_response",
      "connection_timeout",
      "connection_refused",
      "dns_failure",
      "tls_error",
      "network_error",
      "cancelled",
    ],
  },
  file_read: {
    since: 2,
    args: { request_json: "text" },
    returns: "json",
    group: "world",
    does: "Reads a file that was shared with agents, from the folder of artifacts.",
    request: { path: { type: "text", required: true, is: "in the folder of artifacts, or whole" } },
    answer: {
      data: { type: "text", required: true, is: "base64" },
      mime_type: { type: "text", required: true, is: "found in what the file holds" },
      size: { type: "whole number", required: true, is: "in bytes" },
    },
    errors: ["invalid_request", "access_denied", "not_found", "file_too_large", "read_error"],
  },
  list_active_tasks: {
    since: 2,
    args: {},
    returns: "json",
    group: "tasks",
    does: "Lists the tasks of this plugin that are not over.",
    answer: { tasks: { type: "list of objects", required: true, is: "each with the members of `task_status`" } },
  },
  send_draft: {
    since: 2,
    args: { task_id: "text", draft_json: "text" },
    returns: "nothing",
    group: "tasks",
    does: "Keeps an object for whoever watches a task, and tells it as `DRAFT`.",
  },
  dispatch_interrupt: {
    since: 2,
    args: { task_id: "text", message: "maybe text" },
    returns: "nothing",
    group: "tasks",
    does: "Ends what the agent is doing in a task. A message is the user's next in its conversation.",
  },
  dispatch_add_issue: {
    since: 2,
    args: { task_id: "text", issue_json: "text" },
    returns: "json",
    group: "tasks",
    does: "Reserved: it answers `not_supported`.",
    isReserved: true,
  },
  complete_cancel: {
    since: 3,
    args: { stream_id: "text" },
    returns: "nothing",
    group: "models",
    does: "Ends a `complete_stream` that was given this `stream_id`. It works on every thread, and in `on_chunk`.",
  },
  get_active_agent_id: {
    since: 4,
    args: {},
    returns: "text",
    group: "settings",
    does: "Names the agent that the call works for, in capital letters; NULL where there is none.",
  },
  log_structured: {
    since: 5,
    args: { level: "level", message: "text", payload_json: "maybe text" },
    returns: "nothing",
    group: "log",
    does: "Writes a line with an object beside it into the plugin's log. It works on every thread.",
  },
  free_string: {
    since: 6,
    args: { s: "maybe text" },
    returns: "nothing",
    group: "memory",
    does: "Releases what another function returned. Before version 6 that was `free()`. NULL is nothing to release.",
  },
};

/** The newest version of the table. */
export const HOST_API_VERSION = 6;

/** What the table of a plugin holds, in the order of its slots; `isRequired`: a library without it is not loaded. */
interface PluginFunctionFacts {
  readonly args: Readonly<Record<string, "context" | "text" | "event type">>;
  readonly returns: "text" | "context" | "nothing";
  readonly isRequired: boolean;
  readonly does: string;
  /** The members of the JSON that the host hands over. */
  readonly request?: HostMembers;
  /** The members of the JSON that the host understands in the answer. */
  readonly answer?: HostMembers;
}

/** The version stands between the required functions and the others. */
export const PLUGIN_FUNCTIONS: Readonly<Record<string, PluginFunctionFacts>> = {
  free_string: {
    args: { s: "text" },
    returns: "nothing",
    isRequired: true,
    does: "Releases what another function of the plugin returned. The host calls it exactly once for each text.",
  },
  init: {
    args: {},
    returns: "context",
    isRequired: true,
    does: "Called once, first. What it returns is the first argument of all others; NULL keeps the plugin from being loaded.",
  },
  destroy: {
    args: { ctx: "context" },
    returns: "nothing",
    isRequired: true,
    does: "Called once, last, when no other call is open.",
  },
  get_manifest: {
    args: { ctx: "context" },
    returns: "text",
    isRequired: true,
    does: "What the plugin is and offers, as JSON: [manifest.md](manifest.md).",
  },
  invoke: {
    args: { ctx: "context", type: "text", id: "text", payload: "text" },
    returns: "text",
    isRequired: true,
    does: "Runs a tool (type `tool`, id of the tool, its arguments), or is shown a shared file (type `artifact`, id `share`).",
    request: {
      _secrets: { type: "object", is: "of a tool: settings and secrets of the agent, when there are any" },
      _context: { type: "object", is: "of a tool: `working_directory`, when there is one" },
      filename: { type: "text", is: "of a shared file" },
      mime_type: { type: "text", is: "of a shared file" },
      size: { type: "whole number", is: "of a shared file, in bytes" },
      host_path: { type: "text", is: "where a shared file lies" },
      is_directory: { type: "true or false", is: "whether a shared file is a folder" },
      description: { type: "text", is: "of a shared file, where there is one" },
    },
    answer: {
      ok: { type: "true or false", required: true, is: "whether it went well" },
      result: { type: "anything", is: "when it went well" },
      data: { type: "anything", is: "the same, where there is no `result`" },
      summary: { type: "text", is: "one sentence about the result" },
      warnings: { type: "list", is: "what should be known beside the result" },
      kind: {
        type: "text",
        is: "when it failed: `invalid_args`, `timeout`, `execution_error`, `unavailable`, `rejected`, `user_denied` or `tool_not_found`",
      },
      message: { type: "text", is: "when it failed: why, for people and models" },
      reason: { type: "text", is: "the same, where there is no `message`" },
      error: { type: "text", is: "when it failed: a code of the plugin's own; its words where there are no others" },
      field: { type: "text", is: "which argument is wrong" },
      expected: { type: "anything", is: "what it should have been" },
      retryable: { type: "true or false", is: "whether trying again makes sense; each kind has its own default" },
    },
  },
  handle_route: {
    args: { ctx: "context", request_json: "text" },
    returns: "text",
    isRequired: false,
    does: "Answers a request to one of the plugin's routes.",
    request: {
      route_id: { type: "text", required: true, is: "as in the manifest" },
      method: { type: "text", required: true, is: "in capital letters" },
      path: { type: "text", required: true, is: "with the query" },
      query: { type: "object", required: true, is: "of repeated names the last" },
      path_params: { type: "object", required: true, is: "what stood for `:name` in the path" },
      headers: { type: "object", required: true, is: "names are in lower case" },
      body: { type: "text", required: true, is: "of the request" },
      body_encoding: { type: "text", required: true, is: "`utf8`, or `base64` for what is no text" },
      remote_addr: { type: "text", required: true, is: "empty" },
      plugin_id: { type: "text", required: true, is: "the plugin's own" },
      osaurus: { type: "object", required: true, is: "`base_url`, `plugin_url`, `agent_address`" },
    },
    answer: {
      status: { type: "whole number", required: true, is: "200 to 599" },
      headers: { type: "object", is: "name and value of each header; `set-cookie` may be a list" },
      body: { type: "text", is: "what is sent" },
      body_encoding: { type: "text", is: "`utf8`, which it is without it, or `base64`" },
    },
  },
  on_config_changed: {
    args: { ctx: "context", key: "text", value: "text" },
    returns: "nothing",
    isRequired: false,
    does: "Told of a setting that somebody else changed, one at a time. The first call has the key `__osaurus_abi_probe__` and means nothing: it shows whether both sides have the same tables.",
  },
  on_task_event: {
    args: { ctx: "context", task_id: "text", event_type: "event type", event_json: "text" },
    returns: "nothing",
    isRequired: false,
    does: "Told of a task that the plugin started, one event at a time for each task.",
    request: {
      title: {
        type: "text",
        is: "of all but `ACTIVITY` the task's, of that one what is done; a `CLARIFICATION` has none",
      },
      status: { type: "text", is: "of `STARTED`: `running`" },
      kind: { type: "text", is: "of `ACTIVITY`" },
      detail: { type: "text", is: "of `ACTIVITY`: more about it" },
      timestamp: { type: "text", is: "of `ACTIVITY`: when it was" },
      metadata: { type: "object", is: "of `ACTIVITY`: such as `tool_name`" },
      progress: { type: "number", is: "of `PROGRESS`: 0 to 1, or -1" },
      current_step: { type: "text", is: "of `PROGRESS`" },
      question: { type: "text", is: "of `CLARIFICATION`: what the agent wants to know" },
      allow_multiple: { type: "true or false", is: "of `CLARIFICATION`" },
      options: { type: "list of texts", is: "of `CLARIFICATION`, where any other answer makes no sense" },
      success: { type: "true or false", is: "of `COMPLETED` and `FAILED`" },
      summary: { type: "text", is: "of `COMPLETED` and `FAILED`: how it ended" },
      session_id: { type: "text", is: "of `COMPLETED` and `FAILED`" },
      output: { type: "text", is: "of `COMPLETED` and `FAILED`: what the agent said last" },
      artifacts: { type: "list of objects", is: "of `COMPLETED` and `FAILED`: files that were shared" },
      text: { type: "text", is: "of `OUTPUT`: all that was said so far" },
      draft: { type: "object", is: "of `DRAFT`" },
    },
  },
};
