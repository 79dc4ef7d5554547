// Which tunnel each agent has at a relay. Whoever connects an address anew takes it over: its host may have come back before
// anybody saw that it was gone.

import type { RelayTunnel } from "./relay-tunnel.ts";

export class RelayAgents {
  /** By address, in lower case. */
  readonly #tunnels = new Map<string, RelayTunnel>();

  tunnelOf(address: string): RelayTunnel | undefined {
    return this.#tunnels.get(address);
  }

  countOf(tunnel: RelayTunnel): number {
    return [...this.#tunnels.values()].filter((one) => one === tunnel).length;
  }

  put(address: string, tunnel: RelayTunnel): void {
    const before = this.#tunnels.get(address);
    this.#tunnels.set(address, tunnel);
    if (before !== undefined && before !== tunnel) before.lose(address);
  }

  /** Does nothing when it is another tunnel's by now. */
  remove(address: string, tunnel: RelayTunnel): void {
    if (this.#tunnels.get(address) === tunnel) this.#tunnels.delete(address);
  }

  removeAll(tunnel: RelayTunnel): void {
    for (const [address, one] of this.#tunnels) if (one === tunnel) this.#tunnels.delete(address);
  }
}
