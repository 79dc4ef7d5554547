// What a native plugin may ask of its host: finds the file that serves each function, turns every failure into an envelope,
// because a plugin can do nothing with an exception, and records what was asked.

import type { Recorder } from "../protocol/activity.ts";
import { toHostError } from "../protocol/errors.ts";
import {
  ANSWERS_WITHOUT_ENVELOPE,
  type HostCall,
  type HostCallHandler,
  type HostFunction,
} from "../protocol/host-slots.ts";
import type { PluginDatabases } from "../store/plugin-databases.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { complete, completeCancel, completeStream } from "./complete.ts";
import { configDelete, configGet, configSet } from "./config.ts";
import { dbExec, dbQuery } from "./database.ts";
import { dispatch } from "./dispatch.ts";
import { embed } from "./embed.ts";
import { fileRead } from "./file-read.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import type { HttpClient } from "./http-client.ts";
import { httpRequest } from "./http-request.ts";
import { InferenceSlots } from "./inference-slots.ts";
import { listModels } from "./list-models.ts";
import { LiveStreams } from "./live-streams.ts";
import type { PluginInference } from "./plugin-inference.ts";
import type { PluginTasks } from "./plugin-tasks.ts";
import { recordHostCall, recordWarning } from "./record-host-call.ts";
import { dispatchAddIssue, dispatchCancel, dispatchClarify, dispatchInterrupt, sendDraft } from "./task-control.ts";
import { listActiveTasks, taskStatus } from "./task-status.ts";
import { createWarnings, createWarnOnce, type Warnings, type WarnOnce } from "./warn-once.ts";

export interface HostApiDeps {
  /** The plugin that asks, for its settings; undefined while a library without a known id is loaded. */
  pluginId(): string | undefined;
  /** Names the plugin where there must be a name from the first call on: its database and its limits. */
  placeId(): string;
  /** What people know the plugin by. */
  shownId(): string;
  /** False once nothing that still runs of the plugin is to be served. */
  isServed(): boolean;
  readonly secrets: SecretStore;
  readonly databases: PluginDatabases;
  readonly http: HttpClient;
  /** Models, and what runs agents; without it, none are served. */
  readonly inference?: PluginInference;
  /** What runs tasks; without it, or without inference, none are served. */
  readonly tasks?: PluginTasks;
  /** The ids of the tools in the manifest. */
  toolIds?(): readonly string[];
  /** The manifest's `instructions`. */
  instructions?(): string | undefined;
  /** How long one piece of inference may take; without it, RUN_MS_MAX. */
  readonly inferenceMsMax?: number;
  /** Aborted when the plugin is to end: what still runs for it is for nobody. */
  closing?(): AbortSignal;
  /** The folder of shared artifacts. */
  readonly artifacts: string;
  readonly recorder: Recorder;
  /** The public address of an agent; empty while it has none, undefined when it never had one. */
  tunnelUrl?(agentId: string): string | undefined;
  /** The plugin itself changed a setting: it is not told of it, and whatever it was told before is out of date. */
  onOwnChange?(agentId: string, key: string): void;
  /** Those of all plugins of the host; without it, what this plugin was warned of is forgotten with it. */
  readonly warnings?: Warnings;
  warn(text: string): void;
}

/** What the functions work with. */
export interface Served extends Omit<HostApiDeps, "pluginId" | "placeId" | "shownId" | "isServed" | "recorder"> {
  readonly pluginId: string | undefined;
  readonly placeId: string;
  readonly shownId: string;
  readonly warnOnce: WarnOnce;
  readonly slots: InferenceSlots;
  readonly streams: LiveStreams;
}

/** The same, for functions that are served where there is inference. */
export type InferenceServed = Served & Required<Pick<Served, "inference">>;

/** The same, for functions that are served where there are tasks. */
export type TasksServed = InferenceServed & Required<Pick<Served, "tasks">>;

type Answered = string | null | HostAnswer;
type Serve<Deps> = (call: HostCall, deps: Deps) => Answered | Promise<Answered>;

const SERVED: Partial<Record<HostFunction, Serve<Served>>> = {
  config_get: configGet,
  config_set: configSet,
  config_delete: configDelete,
  db_exec: dbExec,
  db_query: dbQuery,
  http_request: httpRequest,
  file_read: fileRead,
};

const INFERENCE: Partial<Record<HostFunction, Serve<InferenceServed>>> = {
  complete,
  complete_stream: completeStream,
  complete_cancel: completeCancel,
  embed,
  list_models: listModels,
};

type Functions = Partial<Record<HostFunction, Serve<TasksServed>>>;

const TASKS: Functions = {
  dispatch,
  task_status: taskStatus,
  list_active_tasks: listActiveTasks,
  dispatch_cancel: dispatchCancel,
  dispatch_interrupt: dispatchInterrupt,
  send_draft: sendDraft,
  dispatch_clarify: dispatchClarify,
  dispatch_add_issue: dispatchAddIssue,
};

/** The host API of one plugin. */
export function createHostApi(deps: HostApiDeps): HostCallHandler {
  const warnOnce = createWarnOnce(deps.warnings ?? createWarnings(), deps, (text) => {
    recordWarning(deps.recorder, deps.shownId(), text);
    deps.warn(text);
  });
  const functions = functionsFor(deps);
  const served = {
    ...deps,
    get pluginId() {
      return deps.pluginId();
    },
    get placeId() {
      return deps.placeId();
    },
    get shownId() {
      return deps.shownId();
    },
    warnOnce,
    slots: new InferenceSlots(),
    streams: new LiveStreams(),
  } as TasksServed;
  return (call) => {
    const time = Date.now();
    const startedAt = performance.now();
    const finish = (answer: Answered): string | null => {
      const text = answer === null || typeof answer === "string" ? answer : answer.text;
      recordHostCall(deps.recorder, deps.shownId(), call, answer, time, performance.now() - startedAt);
      return text;
    };
    const refused = refusalOf(call, deps, functions, warnOnce);
    if (refused !== undefined) return finish(refused);
    try {
      const answer = functions[call.name]!(call, served);
      if (!(answer instanceof Promise)) return finish(answer);
      return answer.then(finish, (error: unknown) => finish(failed(call, error, deps)));
    } catch (error) {
      return finish(failed(call, error, deps));
    }
  };
}

/** Those that need what there is not are not among them. */
function functionsFor({ inference, tasks }: HostApiDeps): Functions {
  return {
    ...SERVED,
    ...(inference === undefined ? {} : INFERENCE),
    ...(inference === undefined || tasks === undefined ? {} : TASKS),
  };
}

/** Why the call is not served at all. */
function refusalOf(call: HostCall, deps: HostApiDeps, functions: Functions, warnOnce: WarnOnce): Answered | undefined {
  const { name } = call;
  if (!deps.isServed()) return refuse(call, "context_unavailable", `The plugin was removed.`, warnOnce);
  // A stream is cancelled from wherever the plugin likes: its name says enough.
  if (!call.isInContext && name !== "complete_cancel") {
    const message = `${name} was called from a thread that works for no call of the host.`;
    return refuse(call, "context_unavailable", message, warnOnce);
  }
  if (functions[name] === undefined)
    return refuse(call, "not_supported", `This host does not serve ${name}.`, warnOnce);
  return undefined;
}

function refuse(call: HostCall, code: string, message: string, warnOnce: WarnOnce): Answered {
  if (!ANSWERS_WITHOUT_ENVELOPE.has(call.name)) return refusal(code, message);
  warnOnce(`${call.name} ${code}`, message);
  return { text: null, errorCode: code, shown: message };
}

/** One of the doors where an unforeseen error becomes a coded one. */
function failed(call: HostCall, thrown: unknown, deps: HostApiDeps): Answered {
  const { code, message } = toHostError(thrown);
  deps.warn(`[PluginHostAPI] ${call.name} failed: ${message}`);
  // What nobody foresaw may name anything that the host knows.
  const told = code === "internal" ? "The host could not serve this call." : message;
  if (!ANSWERS_WITHOUT_ENVELOPE.has(call.name)) return refusal(code, told);
  return { text: null, errorCode: code, shown: message };
}
