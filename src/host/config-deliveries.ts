// Tells one native plugin of its settings through `on_config_changed` ("Osaurus: Plugin Authoring", configuration):
//
//   snapshot   for each agent, once after each load, the settings that the manifest declares, in its order; what is
//              stored, else the default. Not the secrets. Agents that have something stored get it at once, all others
//              before their first call or push.
//   pushes     what somebody saved since, in the order in which it was saved
//
// One at a time, snapshots first. What was delivered last is remembered for each agent and key while the process of the
// plugin lives, and not delivered again. What the plugin itself changes is never delivered, and whatever was saved before
// that is out of date. The address of a tunnel is no setting that somebody saves: it is compared with what was pushed
// last, not with the store, and therefore not here.

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { now } from "../base/now.ts";
import { type ErrorCode, type HostError, toHostError } from "../protocol/errors.ts";
import {
  CONFIG_DELIVERY_TRIES_MAX,
  CONFIG_SNAPSHOT_WAIT_MS_MAX,
  CONFIG_VALUE_BYTES_MAX,
  OWN_CHANGES_KEPT_MAX,
  RUNNER_STOP_GRACE_MS,
} from "../protocol/limits.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { type ConfigField, defaultText, isStored } from "../protocol/manifest-config.ts";
import type { SecretStore } from "../store/secret-store.ts";

export interface ConfigDeliveriesOptions {
  /** What its settings are kept under; undefined while nobody knows. */
  pluginId(): string | undefined;
  readonly secrets: Pick<SecretStore, "get">;
  /** Who gets a snapshot without being called, in this order. */
  agents(): readonly string[] | Promise<readonly string[]>;
  /** Calls `on_config_changed`; resolves when it has returned, and fails as calls of plugins do. */
  changeConfig(change: { readonly agentId: string; readonly key: string; readonly value: string }): Promise<void>;
  /** False once the plugin was given up. */
  isServed(): boolean;
  /** What could not be delivered, and why; never a value. */
  warn(text: string): void;
}

export interface SavedSetting {
  readonly key: string;
  /** Null: it was removed. */
  readonly value: string | null;
}

/** What the deliveries need of a plugin that was loaded. */
interface Loaded {
  readonly features: { readonly config: boolean };
  readonly manifest: Pick<Manifest, "capabilities">;
}

interface Delivery {
  readonly agentId: string;
  readonly key: string;
  /** When it was saved, see `now`. What the plugin changed itself from then on counts more. */
  readonly savedAt: number;
  /** Undefined: what the store has by the time that it is delivered, else `otherwise`. */
  readonly value?: string;
  readonly otherwise?: string | undefined;
}

/** As `agentIdOf` gives them. */
const AGENT_ID = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/;

/** Failures that end the process of the plugin: the next one gets a snapshot of its own. */
const ENDED: ReadonlySet<ErrorCode> = new Set(["plugin_crashed", "plugin_exited", "plugin_timeout", "plugin_protocol"]);

/** Deliveries to a plugin that has `on_config_changed`; for all others nothing ever happens. None of this throws. */
export class ConfigDeliveries {
  readonly #options: ConfigDeliveriesOptions;
  #fields: readonly ConfigField[] | undefined;
  /** One up for each process of the plugin. */
  #load = 0;
  #isSnapshotDue = false;
  #snapshot: Delivery[] = [];
  /** Who got a snapshot since the load, and who will. */
  readonly #agents = new Map<string, "waits" | "told">();
  /** Whose snapshot was begun anew while something of the one before was being delivered. */
  readonly #begunAnew = new Set<string>();
  #pushes: Delivery[] = [];
  #work: Promise<void> | undefined;
  #isWorking = false;
  #snapshotWork: PromiseWithResolvers<void> | undefined;
  /** By agent and key, a hash of what the plugin was told last. */
  readonly #delivered = new Map<string, string>();
  /** By agent and key, when the plugin last changed it; the newest ones. */
  readonly #ownChanges = new Map<string, number>();
  /** By agent and key, how many processes in a row ended over it. */
  readonly #failures = new Map<string, number>();
  #hasFailed = false;
  #isStopped = false;

  constructor(options: ConfigDeliveriesOptions) {
    this.#options = options;
  }

  /** The plugin was loaded, or loaded again, and answered its probe: it gets a snapshot. */
  loaded({ features, manifest }: Loaded): void {
    this.#load++;
    this.#delivered.clear();
    this.#ownChanges.clear();
    // Whatever made this load necessary, it was no delivery: all of them are worth another try.
    if (!this.#hasFailed) this.#failures.clear();
    this.#hasFailed = false;
    this.#fields = features.config ? fieldsOf(manifest) : undefined;
    this.#snapshot = [];
    const waiting = [...this.#agents].filter(([, state]) => state === "waits");
    this.#agents.clear();
    this.#isSnapshotDue = this.#hasSnapshots;
    if (!this.#isSnapshotDue) return this.#snapshotIsOver();
    this.#snapshotWork ??= Promise.withResolvers();
    // Calls of theirs may wait for what the process before did not take.
    for (const [agentId] of waiting) this.#addSnapshot(agentId);
    this.#go();
  }

  /** Somebody saved these, together. */
  pushed(agentId: string, changes: readonly SavedSetting[]): void {
    const savedAt = now();
    this.#push(changes.map(({ key, value }) => ({ agentId, key, savedAt, value: value ?? "" })));
  }

  /** Somebody saved this in another process: the store has it by now. */
  savedElsewhere(agentId: string, key: string, savedAt: number): void {
    this.#push([{ agentId, key, savedAt, otherwise: "" }]);
  }

  /** The plugin changed this itself. */
  ownChange(agentId: string, key: string): void {
    if (this.#fields === undefined) return;
    const id = idOf(agentId, key);
    this.#delivered.delete(id);
    this.#ownChanges.delete(id);
    this.#ownChanges.set(id, now());
    if (this.#ownChanges.size <= OWN_CHANGES_KEPT_MAX) return;
    for (const oldest of this.#ownChanges.keys()) return void this.#ownChanges.delete(oldest);
  }

  /**
   * For whoever calls it next for this agent: resolves when the agent's snapshot is delivered, or takes long. Undefined
   * when the plugin knows the settings of this agent, which is nearly always.
   */
  snapshotDelivered(agentId: string): Promise<void> | undefined {
    if (this.#agents.get(agentId) === "told" || !this.#hasSnapshots || this.#isStopped) return undefined;
    if (!AGENT_ID.test(agentId)) return undefined; // The call is going to be refused.
    if (this.#addSnapshot(agentId)) this.#go();
    return this.#snapshotWork && within(this.#snapshotWork.promise, CONFIG_SNAPSHOT_WAIT_MS_MAX);
  }

  /** The agent gets its snapshot once more, whatever the plugin was told before. */
  tellAgain(agentId: string): void {
    if (this.#isStopped) return;
    this.#agents.delete(agentId);
    this.#begunAnew.add(agentId);
    this.#snapshot = this.#snapshot.filter((delivery) => delivery.agentId !== agentId);
    for (const field of this.#fields ?? []) this.#delivered.delete(idOf(agentId, field.key));
    if (this.#addSnapshot(agentId)) this.#go();
  }

  /** Resolves when there is nothing left to deliver, for now. */
  async delivered(): Promise<void> {
    await this.#work;
  }

  /** Takes nothing new. Resolves when what was saved is delivered, or takes long; the rest of a snapshot is let go. */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.#isStopped = true;
    this.#dropSnapshot();
    if (atOnce) this.#pushes = [];
    else if (this.#work) await within(this.#work, RUNNER_STOP_GRACE_MS);
    this.#pushes = [];
  }

  #push(deliveries: readonly Delivery[]): void {
    // Before it is loaded there is nobody to tell, and the snapshot will have it.
    if (this.#fields === undefined || this.#isStopped) return;
    for (const { agentId } of deliveries) this.#addSnapshot(agentId);
    this.#pushes.push(...deliveries);
    this.#go();
  }

  get #hasSnapshots(): boolean {
    return this.#fields !== undefined && this.#fields.length > 0;
  }

  /** False when the agent has its snapshot, or will have it anyway. */
  #addSnapshot(agentId: string): boolean {
    if (!this.#hasSnapshots || this.#agents.has(agentId)) return false;
    this.#agents.set(agentId, "waits");
    this.#snapshotWork ??= Promise.withResolvers();
    const savedAt = now();
    for (const field of this.#fields ?? []) {
      this.#snapshot.push({ agentId, key: field.key, savedAt, otherwise: defaultText(field) });
    }
    return true;
  }

  #go(): void {
    if (this.#isStopped) return this.#snapshotIsOver();
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work = this.#deliverAll();
  }

  async #deliverAll(): Promise<void> {
    for (;;) {
      if (!this.#options.isServed()) {
        this.#dropSnapshot();
        this.#pushes = [];
      }
      if (this.#isSnapshotDue) await this.#prepareSnapshot();
      if (this.#isSnapshotDue) continue; // It was loaded again meanwhile.
      const snapshot = this.#snapshot.shift();
      if (snapshot === undefined) this.#snapshotIsOver();
      const delivery = snapshot ?? this.#pushes.shift();
      if (delivery === undefined) {
        this.#isWorking = false; // At once: what comes next starts anew.
        return;
      }
      const load = this.#load;
      const isLastOfAgent = snapshot !== undefined && this.#snapshot[0]?.agentId !== delivery.agentId;
      this.#begunAnew.clear();
      await this.#deliver(delivery);
      const isTold = isLastOfAgent && !this.#begunAnew.has(delivery.agentId);
      if (isTold && load === this.#load && !this.#hasFailed) this.#agents.set(delivery.agentId, "told");
    }
  }

  async #prepareSnapshot(): Promise<void> {
    this.#isSnapshotDue = false;
    const load = this.#load;
    const agents = await this.#attempt("the settings of its agents", async () => await this.#options.agents());
    if (agents === undefined || load !== this.#load || this.#isStopped) return;
    for (const agentId of agents) this.#addSnapshot(agentId);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { agentId, key } = delivery;
    const load = this.#load;
    const id = idOf(agentId, key);
    if (this.#isOutdated(id, delivery) || (this.#failures.get(id) ?? 0) >= CONFIG_DELIVERY_TRIES_MAX) return;
    const what = `setting "${key}"`;
    const value = delivery.value ?? (await this.#attempt(what, () => this.#stored(delivery)));
    if (value === undefined || load !== this.#load || this.#isOutdated(id, delivery)) return;
    const problem = undeliverable(value);
    if (problem !== undefined) return this.#options.warn(`${what} was not delivered: ${problem}`);
    const digest = hash("sha256", value, "base64");
    if (this.#delivered.get(id) === digest) return;
    const startedAt = now();
    try {
      await this.#options.changeConfig({ agentId, key, value });
    } catch (error) {
      return this.#failed(id, what, toHostError(error));
    }
    this.#failures.delete(id);
    // Another process of the plugin has not been told, and what it changed while it was told is what it knows now.
    if (load === this.#load && !this.#isOutdated(id, { savedAt: startedAt })) this.#delivered.set(id, digest);
  }

  async #stored({ agentId, key, otherwise }: Delivery): Promise<string | undefined> {
    const pluginId = this.#options.pluginId();
    return pluginId === undefined
      ? undefined
      : ((await this.#options.secrets.get({ pluginId, agentId, key })) ?? otherwise);
  }

  #isOutdated(id: string, { savedAt }: Pick<Delivery, "savedAt">): boolean {
    return (this.#ownChanges.get(id) ?? Number.NEGATIVE_INFINITY) >= savedAt;
  }

  #failed(id: string, what: string, { code, message }: HostError): void {
    if (code === "plugin_stopped") return;
    this.#options.warn(`${what} was not delivered: ${message}`);
    if (!ENDED.has(code)) return;
    this.#hasFailed = true;
    this.#dropSnapshot();
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    if (failures === CONFIG_DELIVERY_TRIES_MAX) {
      this.#options.warn(`${what} is not delivered again until the plugin is reloaded`);
    }
  }

  /** What the work gives; nothing when it fails, which is told. */
  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#options.warn(`${what} cannot be delivered: ${toHostError(error).message}`);
      return undefined;
    }
  }

  #dropSnapshot(): void {
    this.#isSnapshotDue = false;
    this.#snapshot = [];
    this.#snapshotIsOver();
  }

  #snapshotIsOver(): void {
    this.#snapshotWork?.resolve();
    this.#snapshotWork = undefined;
  }
}

/** Those that are stored, each key once: what the first field of it says counts. */
function fieldsOf({ capabilities }: Loaded["manifest"]): ConfigField[] {
  const fields = (capabilities.config?.sections ?? []).flatMap((section) => section.fields).filter(isStored);
  const keys = new Set<string>();
  return fields.filter(({ key }) => !keys.has(key) && keys.add(key));
}

/** Agents' ids have no line breaks. */
function idOf(agentId: string, key: string): string {
  return `${agentId}\n${key}`;
}

function undeliverable(value: string): string | undefined {
  if (Buffer.byteLength(value) > CONFIG_VALUE_BYTES_MAX) return "its value is over 1 MiB";
  return value.includes("\0") ? "its value holds a NUL character, which no plugin can take" : undefined;
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController();
  const timeIsUp = delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([work, timeIsUp]);
  over.abort();
}
