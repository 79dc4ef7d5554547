// The public addresses of agents, as far as the tunnel of this host is concerned; and what became of them since plugins were
// told last.

export interface TunnelNews {
  readonly agentId: string;
  /** Empty: it has none any more. */
  readonly url: string;
  /** It had one before, and lost it: plugins may have missed more than an address. */
  readonly isReconnect: boolean;
}

export class TunnelUrls {
  #urls: ReadonlyMap<string, string> = new Map();
  /** Agents that were connected once in the life of this host. */
  readonly #observed = new Set<string>();

  /** Takes all addresses that there are now; gives what is different. */
  update(urls: ReadonlyMap<string, string>): TunnelNews[] {
    const before = this.#urls;
    this.#urls = new Map(urls);
    const news: TunnelNews[] = [];
    for (const agentId of before.keys()) if (!urls.has(agentId)) news.push({ agentId, url: "", isReconnect: false });
    for (const [agentId, url] of urls) {
      const isReconnect = !before.has(agentId) && this.#observed.has(agentId);
      this.#observed.add(agentId);
      if (before.get(agentId) !== url) news.push({ agentId, url, isReconnect });
    }
    return news;
  }

  /** Of those that are connected, by agent. */
  get connected(): ReadonlyMap<string, string> {
    return this.#urls;
  }

  /** Empty while it is not connected; undefined when it never was. */
  valueOf(agentId: string): string | undefined {
    return this.#urls.get(agentId) ?? (this.#observed.has(agentId) ? "" : undefined);
  }
}
