// What authors of plugins import as "osprey/testkit": all types of it, in one file that imports nothing, because it is handed
// out as it is. docs/testing.md shows how it is used.

/** Versions of the table of functions that hosts offer. */
export type HostVersion = 1 | 2 | 3 | 4 | 5 | 6;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a scripted model says, turn by turn: the same form as a file for `osaurus providers add --script`. */
export interface ScriptedModel {
  readonly model?: string;
  readonly turns: readonly {
    /** Several pieces are said one after the other. `{{last_user}}` and `{{last_tool}}` stand for those messages. */
    readonly text?: string | readonly string[];
    readonly reasoning?: string | readonly string[];
    readonly tool_calls?: readonly {
      readonly name: string;
      readonly arguments: string | { readonly [name: string]: unknown };
    }[];
    readonly finish?: "stop" | "length" | "tool_calls" | "content_filter";
    readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
    /** Before each piece. */
    readonly delay_ms?: number;
    /** For instance `inference_unreachable`, `inference_rate_limited`, `inference_cut`. */
    readonly fail?: string;
  }[];
  /** What comes after the last turn. */
  readonly after?: "repeat_last" | "fail" | "echo";
  readonly embedding_dimensions?: number;
}

/** One request of a plugin over HTTP, and what it is answered. */
export interface RecordedExchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    /** Only a request with these is meant; names in any case of letters. */
    readonly headers?: { readonly [name: string]: string };
    /** Only a request with this body is meant. */
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers?: { readonly [name: string]: string };
    readonly body?: string;
    /** How `body` stands there; without it, as it is. */
    readonly body_encoding?: "utf8" | "base64";
  };
}

export interface OpenPluginOptions {
  /** The library of the plugin. */
  readonly library?: string;
  /** The folder of a project, with `osaurus-plugin.json`: its library has to be built. Its web pages and skills come along. */
  readonly project?: string;
  /** The table of host functions that the plugin gets; without it, the newest. */
  readonly hostVersion?: HostVersion;
  /** What the model says to whoever asks one; without it, there is no model. */
  readonly model?: ScriptedModel | string;
  /**
   * What `http_request` is answered: exchanges, a file of them, or `{ record: PATH }`, which asks the network and writes the
   * file. Without it, every request fails.
   */
  readonly http?: readonly RecordedExchange[] | string | { readonly record: string };
  /**
   * The clock that limits are counted with begins at this time and stands still until it is advanced; without it, it goes on.
   */
  readonly now?: Date | string | number;
  /** Settings and secrets of the plugin for the default agent, stored before it is loaded. */
  readonly config?: { readonly [key: string]: string };
  /** Names of agents besides the default one. */
  readonly agents?: readonly string[];
  /** Whether tools that ask for consent get it; without it, they do. */
  readonly consent?: "given" | "denied";
  /** Hosts in private networks that the plugin may reach, as in `localhost:8080`. */
  readonly reaches?: readonly string[];
  /** Counts texts of the host that are not released, and watches threads; without it, it does. */
  readonly checks?: boolean;
  /** How long loading may take; without it, 30 s. */
  readonly loadMs?: number;
}

export interface CallOptions {
  /** Name or id of the agent; without it, the default one. */
  readonly agent?: string;
  readonly timeoutMs?: number;
  /** `denied`: as if somebody had said no to this call. */
  readonly consent?: "given" | "denied";
}

/** The one shape in which callers get a tool's answer. */
export type ToolEnvelope =
  | {
      readonly ok: true;
      readonly tool: string;
      // biome-ignore lint/suspicious/noExplicitAny: tests look into results of which only their author knows the shape.
      readonly result: any;
      readonly summary?: string;
      readonly warnings?: readonly unknown[];
    }
  | {
      readonly ok: false;
      readonly tool: string;
      readonly kind: string;
      readonly code?: string;
      readonly message: string;
      readonly field?: string;
      readonly expected?: unknown;
      readonly retryable: boolean;
    };

export interface ToolResult {
  readonly envelope: ToolEnvelope;
  /** What the plugin returned, as it was; undefined when it did not come to that. */
  readonly answer: string | null | undefined;
  readonly durationMs: number;
  /** What the plugin asked its host for in this call. */
  readonly hostCalls: readonly SeenHostCall[];
  readonly logs: readonly SeenLog[];
}

/** One call of the plugin to its host, of those that reach it: `log` is among the logs. */
export interface SeenHostCall {
  /** For instance `config_get`. */
  readonly name: string;
  /** As the plugin gave them; null for NULL. */
  readonly args: readonly (string | null)[];
  /** The first argument, where it is a JSON text. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly request: any;
  /** The text that the plugin got; null for NULL. */
  readonly answer: string | null;
  /** Pieces of a streamed answer. */
  readonly chunks: readonly string[];
  /** The agent that the call was made for: its id. */
  readonly agent: string | undefined;
  /** False for a thread that worked for no call of the host. */
  readonly inContext: boolean;
}

export interface SeenLog {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "unknown";
  readonly message: string;
  /** What `log_structured` was given. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly payload: any;
  readonly agent: string | undefined;
}

/** What the plugin was told of a task. */
export interface SeenTaskEvent {
  readonly taskId: string;
  /** For instance `started`, `completed`. */
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly payload: any;
  readonly agent: string | undefined;
}

/** What the plugin was told of a setting. */
export interface SeenConfigChange {
  readonly key: string;
  readonly value: string | null;
  readonly agent: string | undefined;
}

export interface RouteRequest {
  /** `GET` when left out. */
  readonly method?: string;
  /** Below the plugin, with the query: begins with a slash. */
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
  /** Name or id of the agent; without it, the default one. */
  readonly agent?: string;
  /** `owner`: with a key that lets in everywhere. `anybody`: without. `owner` when left out. */
  readonly as?: "owner" | "anybody";
}

export interface RouteResponse {
  readonly status: number;
  /** By names in small letters. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly bytes: Uint8Array;
}

export interface KitTask {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  /** The last text of the assistant. */
  readonly output: string | null;
}

export interface KitTasks {
  list(): Promise<readonly KitTask[]>;
  show(taskId: string): Promise<KitTask>;
  /** Answers what its agent asked. */
  answer(taskId: string, text: string): Promise<KitTask>;
  cancel(taskId: string): Promise<KitTask>;
  /** Resolves when no task runs any more and the plugin was told of all. */
  idle(): Promise<void>;
}

export interface KitReport {
  /** Texts of the host that the plugin took and did not release. */
  readonly leaks: readonly { readonly name: string; readonly count: number; readonly bytes: number }[];
  /** Texts that it released twice, or that no host gave it. */
  readonly wrongReleases: readonly { readonly name?: string; readonly count: number }[];
  /** Calls to the host from threads that the host did not call on. */
  readonly foreignCalls: readonly { readonly name: string; readonly count: number; readonly inContext: boolean }[];
  /** How its processes ended that nobody asked to. */
  readonly crashes: readonly string[];
  /** What the host warned of, and requests over HTTP that nobody recorded. */
  readonly warnings: readonly string[];
}

/** A plugin in a real host with a home of its own, which is gone when the kit is closed. */
export interface PluginKit extends AsyncDisposable {
  readonly pluginId: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly manifest: any;
  /** The version of the interface that the plugin speaks. */
  readonly abi: number;
  /** Calls a tool. Whatever the plugin does is in what this resolves with; it fails for tools that are not there. */
  call(tool: string, args?: { readonly [name: string]: unknown }, options?: CallOptions): Promise<ToolResult>;
  /** Asks for a route or a page, through the whole server. */
  route(request: RouteRequest): Promise<RouteResponse>;
  /** Stores a setting or a secret (null removes it) and resolves when the plugin was told. */
  setConfig(key: string, value: string | null, options?: { readonly agent?: string }): Promise<void>;
  /** Tells the plugin of a setting that nobody stored. */
  configChanged(key: string, value: string | null, options?: { readonly agent?: string }): Promise<void>;
  /** What is stored for the plugin now, whoever stored it. */
  storedConfig(key: string, options?: { readonly agent?: string }): Promise<string | undefined>;
  /** The id of an agent. */
  agentId(name: string): Promise<string>;
  readonly tasks: KitTasks;
  /** All that was seen since the plugin was loaded, in order. */
  readonly hostCalls: readonly SeenHostCall[];
  readonly logs: readonly SeenLog[];
  readonly events: readonly SeenTaskEvent[];
  readonly configChanges: readonly SeenConfigChange[];
  /** Forgets what was seen so far. */
  forgetSeen(): void;
  readonly clock: {
    /** Milliseconds since 1970. */
    now(): number;
    advance(ms: number): void;
  };
  readonly http: {
    /** Requests of the plugin that were let through, in order. */
    readonly requests: readonly RecordedExchange["request"][];
  };
  report(): Promise<KitReport>;
  /** Ends the plugin and its host; nothing of them is left. Safe to call twice. */
  close(): Promise<void>;
}

export interface AbiMatrixOptions extends Pick<OpenPluginOptions, "library" | "project" | "config" | "loadMs"> {
  /** Which hosts; all of them when left out. */
  readonly hosts?: readonly HostVersion[];
  /** Tools that are called on each. */
  readonly calls?: readonly { readonly tool: string; readonly args?: { readonly [name: string]: unknown } }[];
}

/** How the plugin behaves on one host. */
export interface AbiRow {
  readonly host: HostVersion;
  readonly loads: boolean;
  /** What it speaks there; undefined when it does not load. */
  readonly abi: number | undefined;
  readonly calls: readonly { readonly tool: string; readonly ok: boolean; readonly message?: string }[];
  /** Why it did not load, or how it crashed; names the slot when it read one that this host does not have. */
  readonly problem: string | undefined;
  /** It crashed, rather than refuse. */
  readonly crashed: boolean;
}

export interface OpenPageOptions {
  /** Below the plugin; its web UI's mount when left out. */
  readonly path?: string;
  readonly agent?: string;
  /** A browser's program; without it, Chromium or Chrome is looked for in PATH. */
  readonly browser?: string;
}

/** A page of the plugin in a real browser. */
export interface PluginPage extends AsyncDisposable {
  /** A `Page` of playwright-core. */
  // biome-ignore lint/suspicious/noExplicitAny: playwright-core need not be there.
  readonly page: any;
  /** Nothing that it asked for was refused or missing, and nothing in it failed. */
  checkLoaded(): void;
  /** `window.__osaurus.fetch` of that path says for which agent the page was opened; gives the answer's status. */
  checkFetch(path: string): Promise<number>;
  /** An address inside the page shows the page, also when it is loaded anew. */
  checkDeepLink(path: string): Promise<void>;
  /** HEAD says of a file what GET says, without its bytes. */
  checkHead(path: string): Promise<void>;
  /** Beside the mount there is nothing of the page. */
  checkNothingOutside(path?: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a plugin. Fails when it does not load, with the code and the words that users see. */
export declare function openPlugin(options: OpenPluginOptions): Promise<PluginKit>;
/** How a plugin behaves on hosts of each version. */
export declare function abiMatrix(options: AbiMatrixOptions): Promise<readonly AbiRow[]>;
/** Opens a page of the plugin in a browser, as its owner; needs `playwright-core` and a browser. */
export declare function openPage(kit: PluginKit, options?: OpenPageOptions): Promise<PluginPage>;
