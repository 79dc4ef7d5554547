// Tells one native plugin of its settings through `on_config_changed` ("Osaurus: Plugin Authoring", configuration):
//
//   snapshot   after each load: for each agent the settings that the manifest declares, in its order; what is stored,
//              else the default. Not the secrets.
//   pushes     what somebody saved since, in the order in which it was saved
//
// One at a time, the snapshot first. What was delivered last is remembered for each agent and key while the process of the
// plugin lives, and not delivered again. What the plugin itself changes is never delivered, and whatever was saved before
// that is out of date. The address of a tunnel is no setting that somebody saves: it is compared with what was pushed
// last, not with the store, and therefore not here.

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
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
  /** Whom there is a snapshot for, in this order. */
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
    this.#isSnapshotDue = this.#fields !== undefined && this.#fields.length > 0;
    if (!this.#isSnapshotDue) return this.#snapshotIsOver();
    this.#snapshotWork ??= Promise.withResolvers();
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
   * For whoever calls a tool of it next: resolves when the snapshot is delivered, or takes long. Undefined when none is
   * under way, which is nearly always.
   */
  snapshotDelivered(): Promise<void> | undefined {
    return this.#snapshotWork && within(this.#snapshotWork.promise, CONFIG_SNAPSHOT_WAIT_MS_MAX);
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
    this.#pushes.push(...deliveries);
    this.#go();
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
      await this.#deliver(delivery);
    }
  }

  async #prepareSnapshot(): Promise<void> {
    this.#isSnapshotDue = false;
    const fields = this.#fields ?? [];
    const load = this.#load;
    const savedAt = now();
    const agents = await this.#attempt("the settings of its agents", async () => await this.#options.agents());
    if (agents === undefined || load !== this.#load || this.#isStopped) return;
    this.#snapshot = agents.flatMap((agentId) =>
      fields.map((field) => ({ agentId, key: field.key, savedAt, otherwise: defaultText(field) })),
    );
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

/** Milliseconds since 1970 with their fraction: other processes say when they saved something. */
export function now(): number {
  return performance.timeOrigin + performance.now();
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
