// Which agents the tunnel carries, and how each of them is doing: the book of open-tunnel.ts.

import { TUNNEL_AGENTS_MAX } from "../../protocol/limits.ts";
import type { AddressedAgent, AgentNews } from "./tunnel-connection.ts";
import type { TunnelAgent } from "./tunnel-service.ts";

interface Listed extends AddressedAgent {
  readonly name: string;
}

/** What a tunnel carries, in the order in which agents are listed. */
export class TunnelAgents {
  /** Those that the connection was given, and what became of them so far. */
  readonly #carried = new Map<string, { readonly agent: AddressedAgent; news: AgentNews | undefined }>();
  /** All that there were when it was looked last, carried or not. */
  #seenIds: ReadonlySet<string> = new Set();

  /** Of a new connection. */
  begin(agents: readonly AddressedAgent[]): AddressedAgent[] {
    this.#carried.clear();
    this.#seenIds = new Set(agents.map(({ id }) => id));
    const carried = agents.slice(0, TUNNEL_AGENTS_MAX);
    for (const agent of carried) this.#carried.set(agent.id, { agent, news: undefined });
    return carried;
  }

  /** Whether agents came or went since it was followed last. Costs no more than a look at each. */
  differFrom(ids: readonly string[]): boolean {
    if (this.#seenIds.size !== ids.length) return true;
    return ids.some((id) => !this.#seenIds.has(id));
  }

  /** There are these agents now: who is to be added to the connection, and who to be removed. */
  follow(agents: readonly AddressedAgent[]): { added: AddressedAgent[]; removed: AddressedAgent[] } {
    const there = new Set(agents.map(({ id }) => id));
    this.#seenIds = there;
    const removed = [...this.#carried.values()].map(({ agent }) => agent).filter(({ id }) => !there.has(id));
    for (const { id } of removed) this.#carried.delete(id);
    const room = TUNNEL_AGENTS_MAX - this.#carried.size;
    const added = agents.filter(({ id }) => !this.#carried.has(id)).slice(0, room);
    for (const agent of added) this.#carried.set(agent.id, { agent, news: undefined });
    return { added, removed };
  }

  learn(agentId: string, news: AgentNews): void {
    const carried = this.#carried.get(agentId);
    if (carried !== undefined) carried.news = news;
  }

  /** The connection is over. */
  end(): void {
    this.#carried.clear();
  }

  /** Public addresses, by agent. */
  urls(): Map<string, string> {
    const urls = new Map<string, string>();
    for (const [id, { news }] of this.#carried) if (news?.url !== undefined) urls.set(id, news.url);
    return urls;
  }

  urlOf(agentId: string): string | undefined {
    return this.#carried.get(agentId)?.news?.url;
  }

  /** @param isUp whether there is a connection, or one is being made. */
  rowOf({ id, name, address }: Listed, isUp: boolean): TunnelAgent {
    const row = { id, name, address, url: null, error: null };
    if (!isUp) return { ...row, status: "disconnected" };
    const carried = this.#carried.get(id);
    // One that another process made is noticed a little later.
    if (carried === undefined && !this.#seenIds.has(id)) return { ...row, status: "connecting" };
    if (carried === undefined)
      return { ...row, status: "error", error: `a tunnel carries ${TUNNEL_AGENTS_MAX} agents` };
    const { news } = carried;
    if (news === undefined) return { ...row, status: "connecting" };
    return news.url === undefined
      ? { ...row, status: "error", error: news.error }
      : { ...row, status: "connected", url: news.url };
  }
}
