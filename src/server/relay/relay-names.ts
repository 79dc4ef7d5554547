// Names of the relay: each agent's address is a label in front of the relay's own name.

import { isIP } from "node:net";

const AGENT_HOST = /^(0x[0-9a-f]{40})\.([a-z0-9.-]+?)\.?(?::\d{1,5})?$/i;

export class RelayNames {
  readonly #base: () => URL;

  /** `base`: the relay's own URL, asked for when it is needed. */
  constructor(base: () => URL) {
    this.#base = base;
  }

  /** Without a slash at the end. */
  urlOf(address: string): string {
    const { protocol, host } = this.#base();
    return `${protocol}//${address.toLowerCase()}.${host}`;
  }

  /** The agent that a Host header names, in lower case; undefined when it names none of this relay's. */
  agentIn(host: string | undefined): string | undefined {
    const [, address, name] = AGENT_HOST.exec(host ?? "") ?? [];
    return name?.toLowerCase() === this.#base().hostname ? address?.toLowerCase() : undefined;
  }
}

/** What somebody gave as the relay's own URL; undefined when agents can have no names below it. */
export function parseRelayUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    return undefined;
  }
  if (isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0 || url.hostname.endsWith(".")) return undefined;
  return url;
}
