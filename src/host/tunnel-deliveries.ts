// Tells one native plugin under which public addresses its routes are reached, through `on_config_changed` with the key
// `tunnel_url` ("Osaurus: Plugin Authoring", configuration). Only plugins with at least one route are told:
//
//   load        the addresses of the agents that are connected, each behind the agent's snapshot
//   up, down    the address, or an empty text; not what the plugin was told last anyway
//   reconnect   the agent's whole snapshot once more, and the address, whatever the plugin was told before
//
// One at a time. While a plugin is slow, only the newest address of each agent is kept for it.

import { TUNNEL_URL_KEY } from "../host-api/config.ts";
import { type ErrorCode, type HostError, toHostError } from "../protocol/errors.ts";
import { CONFIG_DELIVERY_TRIES_MAX } from "../protocol/limits.ts";
import type { Manifest } from "../protocol/manifest.ts";
import type { ConfigDeliveries, ConfigDeliveriesOptions } from "./config-deliveries.ts";
import type { TunnelNews } from "./tunnel-urls.ts";

export interface TunnelDeliveriesOptions extends Pick<ConfigDeliveriesOptions, "changeConfig" | "isServed" | "warn"> {
  /** The addresses of agents that are connected now. */
  connected(): ReadonlyMap<string, string>;
  /** The plugin's other settings. */
  readonly settings: Pick<ConfigDeliveries, "snapshotDelivered" | "tellAgain">;
}

/** What is needed of a plugin that was loaded. */
interface Loaded {
  readonly features: { readonly config: boolean };
  readonly manifest: Pick<Manifest, "capabilities">;
}

interface Due {
  readonly url: string;
  readonly isAnyway: boolean;
}

/** Failures that end the process of the plugin: the next one is told anew. */
const ENDED: ReadonlySet<ErrorCode> = new Set(["plugin_crashed", "plugin_exited", "plugin_timeout", "plugin_protocol"]);

/** Deliveries to a plugin that has routes and `on_config_changed`; for all others nothing ever happens. None of it throws. */
export class TunnelDeliveries {
  readonly #options: TunnelDeliveriesOptions;
  #isTold = false;
  /** One up for each process of the plugin. */
  #load = 0;
  /** By agent. */
  readonly #due = new Map<string, Due>();
  /** By agent, what was pushed last. */
  readonly #pushed = new Map<string, string>();
  /** By agent, how many processes in a row ended over it. */
  readonly #failures = new Map<string, number>();
  #hasFailed = false;
  #isWorking = false;
  #isStopped = false;

  constructor(options: TunnelDeliveriesOptions) {
    this.#options = options;
  }

  /** The plugin was loaded, or loaded again: it knows nothing. */
  loaded({ features, manifest }: Loaded): void {
    this.#load++;
    this.#isTold = features.config && (manifest.capabilities.routes ?? []).length > 0;
    if (!this.#hasFailed) this.#failures.clear();
    this.#hasFailed = false;
    this.#pushed.clear();
    this.#due.clear();
    for (const [agentId, url] of this.#options.connected()) this.#put(agentId, { url, isAnyway: false });
  }

  changed({ agentId, url, isReconnect }: TunnelNews): void {
    if (!this.#isTold) return;
    if (isReconnect) this.#options.settings.tellAgain(agentId);
    this.#put(agentId, { url, isAnyway: isReconnect || this.#due.get(agentId)?.isAnyway === true });
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#isStopped = true;
    this.#due.clear();
  }

  #put(agentId: string, due: Due): void {
    if (!this.#isTold || this.#isStopped) return;
    this.#due.set(agentId, due);
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#deliverAll();
  }

  async #deliverAll(): Promise<void> {
    for (;;) {
      const [next] = this.#due;
      if (next === undefined || !this.#options.isServed()) break;
      const [agentId, due] = next;
      // A deleted agent has no settings any more.
      if (due.url !== "") await this.#options.settings.snapshotDelivered(agentId);
      if (this.#due.get(agentId) !== due) continue; // It was another one by then.
      this.#due.delete(agentId);
      await this.#deliver(agentId, due);
    }
    this.#isWorking = false;
  }

  async #deliver(agentId: string, { url, isAnyway }: Due): Promise<void> {
    const load = this.#load;
    if ((this.#failures.get(agentId) ?? 0) >= CONFIG_DELIVERY_TRIES_MAX) return;
    const isKnown = (this.#pushed.get(agentId) ?? "") === url;
    if (isKnown && !isAnyway) return;
    try {
      await this.#options.changeConfig({ agentId, key: TUNNEL_URL_KEY, value: url });
    } catch (error) {
      return this.#failed(agentId, toHostError(error));
    }
    this.#failures.delete(agentId);
    if (load === this.#load) this.#pushed.set(agentId, url); // Another process was not told.
  }

  #failed(agentId: string, { code, message }: HostError): void {
    if (code === "plugin_stopped") return;
    this.#options.warn(`the address of the tunnel was not delivered: ${message}`);
    if (!ENDED.has(code)) return;
    this.#hasFailed = true;
    const failures = (this.#failures.get(agentId) ?? 0) + 1;
    this.#failures.set(agentId, failures);
    if (failures === CONFIG_DELIVERY_TRIES_MAX) {
      this.#options.warn("the address of the tunnel is not delivered again until the plugin is reloaded");
    }
  }
}
