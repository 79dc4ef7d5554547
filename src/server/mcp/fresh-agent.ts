// An agent as it was a moment ago: between two calls that follow each other at once, nobody is asked again.

import type { Agent } from "../../protocol/agent.ts";
import { MCP_AGENT_FRESH_MS } from "../../protocol/limits.ts";

export class FreshAgent {
  readonly #find: () => Promise<Agent>;
  #agent: Agent | undefined;
  #foundAt = 0;

  constructor(find: () => Promise<Agent>) {
    this.#find = find;
  }

  now(): Agent | Promise<Agent> {
    const isFresh = performance.now() - this.#foundAt < MCP_AGENT_FRESH_MS;
    return this.#agent !== undefined && isFresh ? this.#agent : this.#look();
  }

  /** It was changed: the next one who asks gets it as it is now. */
  forget(): void {
    this.#agent = undefined;
  }

  async #look(): Promise<Agent> {
    this.#foundAt = performance.now();
    this.#agent = await this.#find();
    return this.#agent;
  }
}
