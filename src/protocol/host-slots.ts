// The functions that a host offers to native plugins, by their place in the frozen table ("Osaurus: Host API").

/** Slot numbers as they cross the line; the table's own version field is slot 0. */
const HOST_SLOT = {
  config_get: 1,
  config_set: 2,
  config_delete: 3,
  db_exec: 4,
  db_query: 5,
  log: 6,
  dispatch: 7,
  task_status: 8,
  dispatch_cancel: 9,
  dispatch_clarify: 10,
  complete: 11,
  complete_stream: 12,
  embed: 13,
  list_models: 14,
  http_request: 15,
  file_read: 16,
  list_active_tasks: 17,
  send_draft: 18,
  dispatch_interrupt: 19,
  dispatch_add_issue: 20,
  complete_cancel: 21,
  get_active_agent_id: 22,
  log_structured: 23,
  free_string: 24,
} as const;

export type HostFunction = keyof typeof HOST_SLOT;

const NAMES = new Map<number, HostFunction>(
  Object.entries(HOST_SLOT).map(([name, slot]) => [slot, name as HostFunction]),
);

/** The function at a slot; nothing for a number outside the table. */
export function hostFunctionAt(slot: number): HostFunction | undefined {
  return NAMES.get(slot);
}

/**
 * Functions whose answer is no envelope: `config_get` gives a value, which a refusal would be mistaken for; the others
 * give nothing at all. A refusal of these is NULL.
 */
export const ANSWERS_WITHOUT_ENVELOPE: ReadonlySet<HostFunction> = new Set([
  "config_get",
  "config_set",
  "config_delete",
  "dispatch_cancel",
  "dispatch_clarify",
  "dispatch_interrupt",
  "send_draft",
  "complete_cancel",
]);

/** One call of a native plugin to its host. */
export interface HostCall {
  readonly name: HostFunction;
  /** The arguments as the plugin gave them; `null` where it passed NULL. */
  readonly args: readonly (string | null)[];
  /** The agent that the surrounding call works for; undefined outside any call that is still open. */
  readonly agentId: string | undefined;
  /** What ties together a call from outside and all that is asked while it runs. */
  readonly traceId: string | undefined;
  /** False for a thread that works for no call that is still open, nor for the plugin's load: it has no context. */
  readonly isInContext: boolean;
  /** Stands for the runner that asks. */
  readonly runner: object;
  /** Aborted when the runner is gone: whatever is still done for it is for nobody. */
  readonly gone: AbortSignal;
  /**
   * The signal that is aborted when nobody waits any more for the call that the plugin asks in: its caller left, or its
   * time is over. For what takes long, since it is made when it is first asked for; nothing for what belongs to no call.
   */
  abandoned(): AbortSignal | undefined;
  /**
   * To be awaited before a large answer is made, or a plugin that asks and takes nothing fills the host's memory. Resolves
   * once the plugin took most of what it was answered so far, and few other calls of the same function are between this
   * and their answers: so await it late, behind whatever takes long by itself. False when the plugin is gone, or the call
   * was answered.
   */
  room(): Promise<boolean>;
  /**
   * Resolves once the plugin has the answer of this call in its hands: true; or never will: false. For `dispatch` only,
   * and to be called before the call is answered.
   */
  taken(): Promise<boolean>;
  /**
   * Sends one chunk of a streamed answer. Resolves at once, or, when the plugin is slow to take them, once it has
   * taken some: await it, or memory grows.
   */
  chunk(text: string): Promise<void>;
}

/** Answers a host call: the text that the plugin gets, or `null` for NULL. Must not throw; see `host-api`. */
export type HostCallHandler = (call: HostCall) => string | null | Promise<string | null>;

/** One line that a native plugin logged. */
export interface PluginLogLine {
  /** 0 trace, 1 debug, 2 info, 3 warn, 4 error; 255 stands for any other number. */
  readonly level: number;
  readonly message: string;
  /** What `log_structured` was given, as text; `null` for plain lines. */
  readonly payload: string | null;
  readonly agentId: string | undefined;
  readonly traceId: string | undefined;
}
