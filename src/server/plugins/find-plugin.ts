// Finds the plugin that a request is for. One that serves costs nothing to find; one that is not there, or does not load,
// would be looked for on the disk, or started, as often as somebody asks for it: not more than once in a while.

import type { NativePlugin } from "../../host/native-host.ts";
import { PLUGIN_MISSED_MS, PLUGINS_MISSED_MAX } from "../../protocol/limits.ts";
import type { ServerHost } from "../server-host.ts";

export class PluginFinder {
  readonly #host: Pick<ServerHost, "native">;
  /** Ids that led to nothing, and until when nobody looks again. */
  readonly #missed = new Map<string, number>();
  readonly #looking = new Map<string, Promise<NativePlugin | undefined>>();

  readonly #clock: () => number;

  /** @param clock in milliseconds. */
  constructor(host: Pick<ServerHost, "native">, clock: () => number = () => performance.now()) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Undefined: it is not installed, or cannot be loaded. */
  async find(pluginId: string): Promise<NativePlugin | undefined> {
    const native = await this.#host.native();
    const serving = native.servingPlugin(pluginId);
    if (serving !== undefined) return serving;
    const until = this.#missed.get(pluginId);
    if (until !== undefined && this.#clock() < until) return undefined;
    this.#missed.delete(pluginId);
    const looking = this.#looking.get(pluginId) ?? this.#look(pluginId);
    this.#looking.set(pluginId, looking);
    return await looking;
  }

  async #look(pluginId: string): Promise<NativePlugin | undefined> {
    try {
      const native = await this.#host.native();
      return await native.plugin(pluginId);
    } catch {
      // Why it does not load is in its log; who asks learns only that it is not there.
      if (this.#missed.size >= PLUGINS_MISSED_MAX) this.#missed.delete(this.#missed.keys().next().value!);
      this.#missed.set(pluginId, this.#clock() + PLUGIN_MISSED_MS);
      return undefined;
    } finally {
      this.#looking.delete(pluginId);
    }
  }
}
