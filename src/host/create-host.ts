// The host: everything that runs plugins, behind one function. The terminal program, the daemon, the tests and whoever
// embeds Osprey use this one. Its two sides are loaded when they are first asked for: a terminal command that runs a
// script pays nothing for native plugins.

import type { AgentRunner } from "../agents/run-request.ts";
import { artifactsFolder, type Paths } from "../base/paths.ts";
import type { HttpClient, HttpClientOptions } from "../host-api/http-client.ts";
import type { HostVersion } from "../plugins/native/host-version.ts";
import type { ControlDb } from "../store/control-db.ts";
import type { TaskService } from "../tasks/task-service.ts";
import type { Shelf } from "../tools/shelf.ts";
import type { AccessKeysHost } from "./access-keys-host.ts";
import type { AgentsHost } from "./agents-host.ts";
import type { ArtifactsHost } from "./artifacts-host.ts";
import type { ChangeMarks } from "./change-marks.ts";
import type { PluginLine } from "./connect-plugin.ts";
import type { DoctorHost } from "./doctor-host.ts";
import type { InferenceHost } from "./inference-host.ts";
import type { InsightsHost } from "./insights-host.ts";
import type { InstallHost } from "./install-host.ts";
import type { ModelsHost } from "./models-host.ts";
import type { NativeHost } from "./native-host.ts";
import type { ConsentOptions, PermissionsHost } from "./permissions-host.ts";
import type { PluginDetails } from "./plugin-details.ts";
import type { PluginLogs } from "./plugin-logs.ts";
import type { PluginWatch } from "./plugin-watch.ts";
import type { ProcessHost, ProcessHostOptions } from "./process-host.ts";
import type { ProcessPluginDetails } from "./process-plugin-details.ts";
import type { RegistryHost } from "./registry-host.ts";
import type { SecretsVault } from "./secrets-vault-host.ts";
import type { Settings } from "./settings-host.ts";
import type { StorageFacts } from "./storage-facts.ts";
import type { Stores } from "./stores.ts";
import type { TaskLimits, TasksHost } from "./tasks-host.ts";

export interface HostOptions
  extends Pick<
    ProcessHostOptions,
    "config" | "useDefaults" | "describeTimeoutMs" | "onSlowDescribe" | "onPluginDirProblem"
  > {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Folders to look for process plugins in before all others. */
  readonly pluginDirs?: readonly string[];
  /** The runner for native plugins; without it, the one that set-up built. */
  readonly runnerPath?: string;
  /** The version of the plugin interface that native plugins get to see; without it, the newest. For their authors. */
  readonly hostVersion?: HostVersion;
  /** How long a native plugin may take to load; without it, 30 s. */
  readonly loadMs?: number;
  /** The program that holds a database; without it, the one that set-up built. */
  readonly databaseProgram?: string;
  /** Whether rows of Insights are written; without it, they are. */
  readonly recordsInsights?: boolean;
  /** Notices what other processes do to the installed plugins; for hosts that run on, one for each data folder. */
  readonly follow?: boolean;
  /** Another host has the data folder by now: with `follow`, this one is to end. */
  onFolderLost?(): void;
  /** What native plugins log and print. */
  onPluginLine?(line: PluginLine): void;
  /** Keys were made for what is encrypted: this opens it when all else is lost, and is never given again. */
  onRecoveryKey?(text: string): void;
  /** How many tasks run at once; without it, as it is configured. */
  readonly taskLimits?: TaskLimits;
  /** How somebody is asked whether a tool may run. */
  readonly consent?: ConsentOptions;
  /** Ends what runs, when it is aborted. */
  readonly signal?: AbortSignal;
  /** Looks on at all that native plugins ask and are told; for tests of plugins. */
  readonly watch?: PluginWatch;
  /** Where requests of native plugins go in place of the network; for tests of plugins. */
  readonly http?: Pick<HttpClientOptions, "exchange" | "resolve">;
  /**
   * A clock that never goes back, in milliseconds, for the limits of how often plugins may ask; without it, the computer's.
   */
  readonly clock?: () => number;
}

export interface Host {
  processes(): Promise<ProcessHost>;
  native(): Promise<NativeHost>;
  /** What native plugins logged and printed, and how they crashed. */
  logs(): Promise<PluginLogs>;
  /** All that is known of installed native plugins, for whoever looks after them. */
  pluginDetails(): Promise<PluginDetails>;
  /** The same of process plugins. */
  processPluginDetails(): Promise<ProcessPluginDetails>;
  permissions(): Promise<PermissionsHost>;
  /** Settings and secrets of native plugins. */
  settings(): Promise<Settings>;
  /** All that is encrypted: new keys, the recovery key, export. */
  vault(): Promise<SecretsVault>;
  /** What plugins were asked, and what they asked: the rows of all hosts on the data folder. */
  insights(): Promise<InsightsHost>;
  /** Agents and their sessions. */
  agents(): Promise<AgentsHost>;
  /** Models, and where they come from. */
  models(): Promise<ModelsHost>;
  /** All tools of all plugins, as one list. */
  shelf(): Promise<Shelf>;
  /** Runs agents. */
  inference(): Promise<AgentRunner>;
  /** Files that runs of agents shared. */
  artifacts(): Promise<ArtifactsHost>;
  /**
   * Runs of agents that go on by themselves, begun by plugins. From now on a host that follows goes on with those that no
   * host runs any more.
   */
  tasks(): Promise<TaskService>;
  /** The same; nothing while this host had nothing to do with tasks. */
  openedTasks(): Promise<TaskService> | undefined;
  /** What lets programs in over HTTP. */
  accessKeys(): Promise<AccessKeysHost>;
  /** Installing, removing and packing native plugins. */
  installs(): Promise<InstallHost>;
  /**
   * Where plugins come from.
   *
   * @param note says what the user should know although it went on: one line.
   */
  registries(note?: (text: string) => void): Promise<RegistryHost>;
  /** Looks for problems with native plugins, without loading any into the host. */
  doctor(): Promise<DoctorHost>;
  /** By what it is noticed that something changed, here or by another process on the data folder. */
  changeMarks(): Promise<ChangeMarks>;
  /** Where things are kept, how large they are, and how they are protected. */
  storage(): Promise<StorageFacts>;
  /**
   * Ends everything that the host started; resolves when it is gone. Safe to call twice.
   *
   * @param options `atOnce`: without the time that open calls of native plugins get to finish.
   */
  stop(options?: { atOnce?: boolean }): Promise<void>;
}

/** Builds a host. Nothing is started, opened or written before something is asked of it. */
export function createHost(options: HostOptions): Host {
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  let processes: Promise<ProcessHost> | undefined;
  let native: Promise<NativeHost> | undefined;
  let permissions: Promise<PermissionsHost> | undefined;
  let stores: Promise<Stores> | undefined;
  let http: HttpClient | undefined;
  let insights: Promise<InsightsHost> | undefined;
  let db: Promise<ControlDb> | undefined;
  let agents: Promise<AgentsHost> | undefined;
  let models: Promise<ModelsHost> | undefined;
  let shelf: Promise<Shelf> | undefined;
  let inference: Promise<InferenceHost> | undefined;
  let tasks: Promise<TasksHost> | undefined;
  let accessKeys: Promise<AccessKeysHost> | undefined;
  let marks: Promise<ChangeMarks> | undefined;
  let release: (() => void) | undefined;
  const say = sayOf(options);
  const openStores = (): Promise<Stores> => {
    stores ??= import("./stores.ts").then((module) => module.openStores({ ...options, warn: say }));
    return stores;
  };
  const openNative = (): Promise<NativeHost> => {
    native ??= openNativeHost().catch((error: unknown) => {
      native = undefined; // What stood in the way may be gone the next time.
      throw error;
    });
    return native;
  };
  const lockFolder = async (): Promise<() => void> =>
    await (await import("./host-lock.ts")).lockDataFolder(options.paths, {
      signal,
      onWait: (ms) => say(undefined, `a host in another container may have the data folder; looks for ${ms / 1_000} s`),
      onLost() {
        say(undefined, "another host took the data folder over, since this one stood still: this one ends");
        options.onFolderLost?.();
      },
    });
  const openNativeHost = async (): Promise<NativeHost> => {
    const { NativeHost } = await import("./native-host.ts");
    if (options.follow) release ??= await lockFolder();
    const { createHttpClient } = await import("../host-api/http-client.ts");
    http = createHttpClient({
      ...options.http,
      ...(options.clock === undefined ? {} : { now: options.clock }),
      async mayReach(pluginId, host, port) {
        return (await openPermissions()).hostGrants.mayReach(pluginId, host, port);
      },
    });
    const { pluginInference } = await import("./plugin-inference.ts");
    const inference = pluginInference({ openAgents, openInference, openModels });
    const { pluginTasks } = await import("./plugin-tasks.ts");
    const agentIds = async () => await (await openAgents()).ids();
    const onPluginLoaded = (pluginId: string) => void tellTasks(pluginId).catch(() => {});
    const mine = { inference, tasks: pluginTasks(openTasks), agentIds, onPluginLoaded };
    const shared = { ...mine, stores: await openStores(), http, artifacts: artifactsFolder(options.env) };
    return new NativeHost({ ...options, ...shared, signal, permissions: openPermissions });
  };
  const loadManifest = async (id: string) => (await (await (await openNative()).plugin(id)).load()).manifest;
  const processOwners = async () => {
    const { processOwners } = await import("./process-shelf-tool.ts");
    return processOwners(await (await openProcessHost()).toolCommands());
  };
  const openPermissions = (): Promise<PermissionsHost> => {
    permissions ??= openDb().then(async (db) =>
      (await import("./permissions-host.ts")).openPermissions({ ...options, db, signal, loadManifest, processOwners }),
    );
    return permissions;
  };
  const openDb = (): Promise<ControlDb> => {
    db ??= import("../store/control-db.ts").then((module) => module.controlDb(options.paths.data));
    return db;
  };
  const openProcessHost = (): Promise<ProcessHost> => {
    processes ??= openProcesses({ ...options, signal });
    return processes;
  };
  const openAgents = (): Promise<AgentsHost> => {
    agents ??= openDb().then(async (db) => {
      const forgetGrants = async (agentId: string) => void (await (await openPermissions()).reset({ agentId }));
      return (await import("./agents-host.ts")).openAgents({ db, stores: openStores, forgetGrants });
    });
    return agents;
  };
  const openModels = (): Promise<ModelsHost> => {
    models ??= openDb().then(async (db) =>
      (await import("./models-host.ts")).openModels({ ...options, db, stores: openStores }),
    );
    return models;
  };
  const openShelf = (): Promise<Shelf> => {
    shelf ??= import("./shelf-host.ts").then((module) =>
      module.openShelf({
        native: openNative,
        processes: openProcessHost,
        permissions: openPermissions,
        stores: openStores,
        note: say,
        signal,
      }),
    );
    return shelf;
  };
  const openInference = (): Promise<InferenceHost> => {
    inference ??= import("./inference-host.ts").then((module) =>
      module.openInference({
        models: openModels,
        shelf: openShelf,
        agents: openAgents,
        stores: openStores,
        db: openDb,
        skills: async (tools) =>
          (await import("./plugin-skills.ts")).pluginSkills({ paths: options.paths, note: say }, tools),
        artifacts: openSharedFiles,
        signal,
      }),
    );
    return inference;
  };
  /** Where no host left anything, there is nothing that the plugin could be told: then nothing is loaded for it. */
  const tellTasks = async (pluginId: string): Promise<void> => {
    const { areTasksLeft } = await import("./task-marks.ts");
    if (tasks === undefined && !options.follow && !areTasksLeft(options.paths)) return;
    (await openTasks()).pluginLoaded(pluginId);
  };
  const openSharedFiles = async (): Promise<ArtifactsHost> => {
    const { openArtifacts } = await import("./artifacts-host.ts");
    // Only plugins that are loaded are given files: where none is, none is loaded for it.
    const offer = async (json: string) => await (await native?.catch(() => undefined))?.offerArtifact(json);
    return openArtifacts({ folder: artifactsFolder(options.env), offer });
  };
  const openTasks = (): Promise<TasksHost> => {
    tasks ??= openTasksHost().catch((error: unknown) => {
      tasks = undefined;
      throw error;
    });
    return tasks;
  };
  const openTasksHost = async (): Promise<TasksHost> => {
    const [{ openTasks }, { taskLimits }] = await Promise.all([import("./tasks-host.ts"), import("./task-limits.ts")]);
    const host = openTasks({
      paths: options.paths,
      db: await openDb(),
      limits: options.taskLimits ?? taskLimits(options.config),
      clock: options.clock,
      agents: openAgents,
      inference: openInference,
      native: openNative,
      signal,
      note: (text) => say(undefined, text),
    });
    // What stands in its way is told by whoever asks for tasks.
    if (options.follow) void host.takeUp().catch(() => {});
    return host;
  };
  return {
    processes: openProcessHost,
    native: openNative,
    agents: openAgents,
    models: openModels,
    shelf: openShelf,
    inference: openInference,
    artifacts: openSharedFiles,
    tasks: openTasks,
    openedTasks: () => tasks,
    accessKeys() {
      accessKeys ??= openDb().then(async (db) => (await import("./access-keys-host.ts")).openAccessKeys({ db }));
      return accessKeys;
    },
    permissions: openPermissions,
    async settings() {
      const { openSettings } = await import("./settings-host.ts");
      return openSettings({ paths: options.paths, secrets: (await openStores()).secrets, loadManifest });
    },
    async vault() {
      const { openSecretsVault } = await import("./secrets-vault-host.ts");
      return openSecretsVault({ ...options, stores: await openStores(), signal, warn: say });
    },
    insights() {
      insights ??= import("./insights-host.ts").then((module) =>
        // Rows that this host still holds back are seen by whoever asks it.
        module.openInsightsHost({ ...options, flush: async () => await (await stores)?.insights.flush() }),
      );
      return insights;
    },
    async installs() {
      const { createInstallHost } = await import("./install-host.ts");
      const readManifest = async (library: string) => await (await openNative()).readManifest(library);
      const forget = async (pluginId: string) => {
        await (await openTasks()).forgetPlugin(pluginId);
        await (await openPermissions()).forgetPlugin(pluginId);
      };
      return createInstallHost({ ...options, signal, readManifest, forget, stores: openStores });
    },
    async registries(note) {
      return (await import("./registry-host.ts")).openRegistryHost({ ...options, signal }, note);
    },
    async doctor() {
      return (await import("./doctor-host.ts")).openDoctorHost({ ...options, signal });
    },
    async logs() {
      return (await import("./plugin-logs.ts")).openPluginLogs(options.paths);
    },
    async pluginDetails() {
      const { openPluginDetails } = await import("./plugin-details.ts");
      return openPluginDetails({ paths: options.paths, permissions: openPermissions });
    },
    async processPluginDetails() {
      const { openProcessPluginDetails } = await import("./process-plugin-details.ts");
      const { paths } = options;
      return openProcessPluginDetails({ paths, processes: openProcessHost, permissions: openPermissions });
    },
    async changeMarks() {
      marks ??= openDb().then(async (db) => {
        const { openChangeMarks } = await import("./change-marks.ts");
        return openChangeMarks({ paths: options.paths, db, native: () => native, processes: () => processes });
      });
      return await marks;
    },
    async storage() {
      return (await import("./storage-facts.ts")).openStorageFacts(options);
    },
    async stop(options) {
      stopping.abort();
      if (options?.atOnce) http?.close();
      await allOf([
        // Runs were cancelled above; what they came to is in their sessions before the database closes.
        async () => await (await inference?.catch(() => undefined))?.settled(),
        async () => await (await tasks?.catch(() => undefined))?.stop(options),
        async () => await (await native?.catch(() => undefined))?.stop(options),
        () => http?.close(),
        async () => await (await insights?.catch(() => undefined))?.close(),
        async () => await (await stores?.catch(() => undefined))?.stop(),
        async () => (await permissions?.catch(() => undefined))?.close(),
        async () => (await db)?.close(),
        () => release?.(),
      ]);
    },
  };
}

/** One after the other, each whatever the others do; fails with the first failure once all is done. */
async function allOf(steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** What stores have to say goes where plugins' lines go. */
function sayOf({ onPluginLine }: HostOptions) {
  return (pluginId: string | undefined, text: string) =>
    onPluginLine?.(
      pluginId === undefined
        ? { plugin: "all plugins", level: "warn", text: `[Osaurus] ${text}`, fromHost: true }
        : { plugin: pluginId, level: "warn", text, fromHost: true },
    );
}

async function openProcesses(options: HostOptions & { readonly signal: AbortSignal }): Promise<ProcessHost> {
  const { config, pluginDirs = [] } = options;
  const { createProcessHost } = await import("./process-host.ts");
  if (config === undefined) return createProcessHost({ ...options, pluginDirs });
  const { configVariables } = await import("./config-variables.ts");
  return createProcessHost({ ...options, pluginDirs, configVariables: (id) => configVariables(config, id) });
}
