// Finds the plugin that a request is for. One that serves costs nothing to find; one that is not there, or does not load,
// would be looked for on the disk, or started, as often as somebody asks for it: not more than once in a while, unless
// something was installed since.

import type { NativeHost, NativePlugin } from "../../host/native-host.ts";
import { PLUGIN_MISSED_MS, PLUGINS_MISSED_MAX } from "../../protocol/limits.ts";
import type { ServerHost } from "../server-host.ts";

interface Miss {
  /** Of the host's installations: with the next one it counts no more. */
  readonly turn: number;
  /** Until when nobody looks again, by the clock. */
  readonly until: number;
}

interface Look {
  readonly turn: number;
  readonly found: Promise<NativePlugin | undefined>;
}

export class PluginFinder {
  readonly #host: Pick<ServerHost, "native">;
  /** Ids that led to nothing. */
  readonly #missed = new Map<string, Miss>();
  readonly #looking = new Map<string, Look>();

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
    const turn = native.installTurn;
    const missed = this.#missed.get(pluginId);
    if (missed !== undefined && missed.turn === turn && this.#clock() < missed.until) return undefined;
    this.#missed.delete(pluginId);
    const under = this.#looking.get(pluginId);
    // One that began before something was installed may not have seen it.
    if (under?.turn === turn) return await under.found;
    const look: Look = { turn, found: this.#look(native, pluginId, turn) };
    this.#looking.set(pluginId, look);
    try {
      return await look.found;
    } finally {
      if (this.#looking.get(pluginId) === look) this.#looking.delete(pluginId);
    }
  }

  async #look(native: NativeHost, pluginId: string, turn: number): Promise<NativePlugin | undefined> {
    try {
      return await native.plugin(pluginId);
    } catch {
      // Why it does not load is in its log; who asks learns only that it is not there.
      if (this.#missed.size >= PLUGINS_MISSED_MAX) this.#missed.delete(this.#missed.keys().next().value!);
      this.#missed.set(pluginId, { turn, until: this.#clock() + PLUGIN_MISSED_MS });
      return undefined;
    }
  }
}
