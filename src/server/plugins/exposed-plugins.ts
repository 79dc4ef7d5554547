// Which plugins have something for everybody, as far as files tell: what others ask from outside must not start a plugin
// that has nothing for them, nor tell by the time that it takes which plugins there are.

import { PLUGIN_MISSED_MS, PLUGINS_MISSED_MAX } from "../../protocol/limits.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import type { ServerHost } from "../server-host.ts";

interface Known {
  readonly isExposed: boolean;
  /** Of the host's installations: with the next one it counts no more. */
  readonly turn: number;
  readonly untilMs: number;
}

export class ExposedPlugins {
  readonly #host: Pick<ServerHost, "native">;
  /** What was read lately: the disk is not looked at as often as somebody asks. */
  readonly #known = new Map<string, Known>();
  readonly #clock: () => number;

  /** @param clock in milliseconds. */
  constructor(host: Pick<ServerHost, "native">, clock: () => number = () => performance.now()) {
    this.#host = host;
    this.#clock = clock;
  }

  async has(pluginId: string): Promise<boolean> {
    const native = await this.#host.native();
    const turn = native.installTurn;
    const known = this.#known.get(pluginId);
    if (known?.turn === turn && this.#clock() < known.untilMs) return known.isExposed;
    const manifest = await native.knownManifest(pluginId);
    const isExposed = manifest !== undefined && exposesAnything(manifest);
    this.#known.delete(pluginId);
    if (this.#known.size >= PLUGINS_MISSED_MAX) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(pluginId, { isExposed, turn, untilMs: this.#clock() + PLUGIN_MISSED_MS });
    return isExposed;
  }
}

function exposesAnything({ capabilities: { web, routes = [] } }: Manifest): boolean {
  return web?.tunnel_exposed === true || routes.some((route) => route.tunnel_exposed);
}
