// A plugin in its test host, as tests hold it.

import { randomUUID } from "node:crypto";
import { now } from "../base/now.ts";
import { type CallerScope, withCaller } from "../host/caller-scope.ts";
import type { NativePlugin } from "../host/native-host.ts";
import { changeConfig } from "../plugins/native/plugin-entries.ts";
import { TASKS_LISTED_MAX } from "../protocol/limits.ts";
import type { TaskView } from "../tasks/task-service.ts";
import type {
  CallOptions,
  KitReport,
  KitTask,
  KitTasks,
  OpenPluginOptions,
  PluginKit,
  RouteRequest,
  RouteResponse,
  ToolResult,
} from "./api.ts";
import { KitServer } from "./kit-server.ts";
import type { TestHost } from "./open-plugin.ts";

type OfAgent = { readonly agent?: string };

export class LoadedKit implements PluginKit {
  readonly pluginId: string;
  readonly clock: PluginKit["clock"];
  readonly http: PluginKit["http"];
  readonly tasks: KitTasks;
  readonly #test: TestHost;
  readonly #plugin: NativePlugin;
  readonly #server: KitServer;
  readonly #consent: NonNullable<OpenPluginOptions["consent"]>;
  readonly #bugs: string[] = [];

  constructor(test: TestHost, plugin: NativePlugin, { consent = "given" }: OpenPluginOptions) {
    const { host, home, clock, network } = test;
    this.#test = test;
    this.#plugin = plugin;
    this.#consent = consent;
    this.pluginId = plugin.loaded!.manifest.plugin_id;
    this.clock = clock;
    this.http = network;
    this.tasks = kitTasks(test);
    this.#server = new KitServer({
      host,
      data: home.paths.data,
      clock,
      pluginId: this.pluginId,
      agentId: (named) => this.agentId(named),
      noteBug: (text) => this.#bugs.push(text),
    });
  }

  get manifest() {
    return JSON.parse(this.manifestText);
  }

  get manifestText() {
    return this.#plugin.loaded!.manifestText;
  }

  /** The manifest as the host understands it. */
  get parsedManifest() {
    return this.#plugin.loaded!.manifest;
  }

  get abi() {
    return this.#plugin.loaded!.abi;
  }

  get hostCalls() {
    return this.#test.seen.hostCalls;
  }

  get logs() {
    return this.#test.seen.logs;
  }

  get events() {
    return this.#test.seen.events;
  }

  get configChanges() {
    return this.#test.seen.configChanges;
  }

  async call(
    tool: string,
    args: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<ToolResult> {
    const { agent, timeoutMs, consent = this.#consent } = options;
    const traceId = randomUUID();
    const native = await this.#test.host.native();
    const agentId = await this.agentId(agent);
    const startedAt = performance.now();
    const calling = { tool, input: JSON.stringify(args), agentId, traceId };
    const more = timeoutMs === undefined ? {} : { timeoutMs };
    const { envelope, answer } =
      consent === "given"
        ? await native.callTool(this.#plugin, { ...calling, ...more, consent })
        : await withCaller(this.#refusing, () => native.callTool(this.#plugin, { ...calling, ...more }));
    const durationMs = performance.now() - startedAt;
    return { envelope, answer, durationMs, ...this.#test.seen.of(traceId) };
  }

  /** Somebody who is asked, and says no. */
  get #refusing(): CallerScope {
    const { env, path } = this.#test.home;
    return { consent: { askDirectly: async () => ({ allow: false, remember: "once" }) }, place: { env, cwd: path } };
  }

  route(request: RouteRequest): Promise<RouteResponse> {
    return this.#server.route(request);
  }

  async setConfig(key: string, value: string | null, { agent }: OfAgent = {}): Promise<void> {
    const { host } = this.#test;
    const name = { pluginId: this.pluginId, agentId: await this.agentId(agent), key };
    const settings = await host.settings();
    if (value === null) await settings.unset(name);
    else await settings.set(name, value);
    await this.storedConfig(key, { agent: name.agentId }); // From now on the value is kept out of recordings.
    await (await host.native()).settingSaved({ ...name, savedAt: now() });
  }

  async configChanged(key: string, value: string | null, { agent }: OfAgent = {}): Promise<void> {
    const agentId = await this.agentId(agent);
    this.#test.seen.configChange({ agentId, key, value });
    await changeConfig(this.#plugin, { agentId, key, value });
  }

  async storedConfig(key: string, { agent }: OfAgent = {}): Promise<string | undefined> {
    const name = { pluginId: this.pluginId, agentId: await this.agentId(agent), key };
    const { secrets } = this.#test.stores;
    secrets.lookAgain(name.pluginId, name.agentId);
    return await secrets.get(name);
  }

  async agentId(named?: string): Promise<string> {
    return (await (await this.#test.host.agents()).find(named)).id;
  }

  /** The address of a page for a browser of its owner. */
  async link(path: string, agentId: string): Promise<string> {
    return await this.#server.link(path, agentId);
  }

  forgetSeen(): void {
    this.#test.seen.forget();
  }

  async report(): Promise<KitReport> {
    const { seen, network } = this.#test;
    const checks = await this.#plugin.checkReport();
    return {
      leaks: checks?.unreleased ?? [],
      wrongReleases: checks?.wrongReleases ?? [],
      foreignCalls: checks?.foreignCalls ?? [],
      crashes: seen.crashes,
      warnings: [...seen.warnings, ...network.missing, ...this.#bugs],
    };
  }

  /** @param how `atOnce`: without the time that open calls get to finish. */
  async close(how: { readonly atOnce?: boolean } = {}): Promise<void> {
    try {
      await this.#server.close();
    } finally {
      await this.#test.close(how);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function kitTasks({ host }: TestHost): KitTasks {
  return {
    async list() {
      const tasks = await host.tasks();
      const rows = await tasks.list({ limit: TASKS_LISTED_MAX });
      // A list leaves out what may be long.
      return await Promise.all(rows.map(async ({ id }) => kitTask(await tasks.show(id))));
    },
    show: async (taskId) => kitTask(await (await host.tasks()).show(taskId)),
    answer: async (taskId, text) => kitTask(await (await host.tasks()).answer(taskId, text)),
    cancel: async (taskId) => kitTask(await (await host.tasks()).cancel(taskId)),
    idle: async () => await (await host.tasks()).idle(),
  };
}

function kitTask({ id, title, status, output }: TaskView): KitTask {
  return { id, title, status, output };
}
