// One connection to a relay, from the first byte to the last. It never comes back: open-tunnel.ts makes the next one.
//
//   signing in → open → over
//
// The relay sends a challenge; each agent signs it with its own key, and gets a public address. While it is open, agents
// come and go, each with a challenge of its own, one after the other. Nothing is ever signed that we did not ask for.

import type { Duplex } from "node:stream";
import { TUNNEL_PINGS_MISSED_MAX } from "../../protocol/limits.ts";
import {
  sharedFeatures,
  TUNNEL_FEATURES,
  type TunnelFrame,
  type TunnelFrameOf,
  tunnelSignatureText,
} from "../../protocol/tunnel-frames.ts";
import { publicUrlOf } from "./public-url.ts";
import { type Refusal, RelaySocket } from "./relay-socket.ts";
import { askedAddress } from "./tunnel-request-head.ts";
import { TunnelRequests } from "./tunnel-requests.ts";
import type { TunnelTimes } from "./tunnel-times.ts";

export interface AddressedAgent {
  readonly id: string;
  readonly address: string;
}

/** What became of an agent: its public address, or why it has none. */
export type AgentNews =
  | { readonly url: string; readonly error?: never }
  | { readonly url?: never; readonly error: string };

export interface TunnelConnectionOptions {
  readonly relayUrl: string;
  /** At least one, and no more than a tunnel carries. */
  readonly agents: readonly AddressedAgent[];
  readonly times: TunnelTimes;
  sign(agentId: string, text: string): Promise<string>;
  accept(connection: Duplex, agentId: string): void;
  /** It is open: what became of each agent. */
  onOpen(agents: ReadonlyMap<string, AgentNews>): void;
  /** The same of one agent later on. */
  onAgent(agentId: string, news: AgentNews): void;
  /** The relay has something to say. */
  onNote(text: string): void;
  /** Once. A relay that refused us will not think otherwise a second later. */
  onOver(reason: string, refusal: Refusal | undefined): void;
}

/** What was agreed to when it was opened, and came to nothing. */
const NO_ADDRESS = "the relay gave it no address";

/** What the host has answered by the end of its own draining gets this long to be put into frames. */
const LAST_WORDS_MS_MAX = 1_000;

export class TunnelConnection {
  readonly #options: TunnelConnectionOptions;
  readonly #socket: RelaySocket;
  readonly #requests: TunnelRequests;
  #phase: "signing in" | "open" | "over" = "signing in";
  #refusal: Refusal | undefined;
  #isDraining = false;
  /** Until it is open; then: until the relay has been silent for too long. */
  #timer: NodeJS.Timeout;
  #nonceWas: "awaited" | "used" = "awaited";
  #hasBase64 = false;
  /** Those that have a public address, by their own address in lower case. */
  readonly #connected = new Map<string, { readonly agentId: string; readonly url: string }>();
  /** Agents that wait to be added; the first one is being added. */
  readonly #adding: AddressedAgent[] = [];
  #addTimer: NodeJS.Timeout | undefined;
  /** The agent that is being added was removed meanwhile. */
  #unwantedId: string | undefined;

  constructor(options: TunnelConnectionOptions) {
    this.#options = options;
    const { times } = options;
    this.#timer = setTimeout(() => this.#socket.end("the relay did not let us in in time"), times.authMs);
    this.#socket = new RelaySocket(options.relayUrl, {
      onFrame: (frame) => this.#take(frame),
      onHeard: () => this.#phase === "open" && this.#timer.refresh(),
      onClosed: (reason, refusal) => this.#over(reason, refusal ?? this.#refusal),
    });
    this.#requests = new TunnelRequests({
      accept: options.accept,
      send: (frame) => this.#socket.send(frame),
      unsentBytes: () => this.#socket.unsentBytes,
      answerMs: times.answerMs,
      idleMs: times.idleMs,
      pausedMs: times.pausedMs,
    });
  }

  /** Gives an agent a public address as well; what comes of it is told. */
  add(agent: AddressedAgent): void {
    if (this.#phase !== "open") return;
    this.#adding.push(agent);
    if (this.#adding.length === 1) this.#addNext();
  }

  /** Nobody reaches the agent any more. */
  remove({ id, address }: AddressedAgent): void {
    const waiting = this.#adding.findIndex((one) => one.id === id);
    if (waiting > 0) this.#adding.splice(waiting, 1);
    if (waiting === 0) this.#unwantedId = id;
    if (this.#connected.delete(address.toLowerCase())) this.#requests.cancel(id);
    void this.#socket.send({ type: "remove_agent", address });
  }

  /** Takes no more requests; those that are open finish. */
  drain(): void {
    this.#isDraining = true;
    this.#requests.drain();
  }

  /** Resolves when nothing of it is left. */
  async close(reason: string): Promise<void> {
    // Whoever let them finish has their last words on the way here.
    if (this.#isDraining && this.#phase === "open") await this.#requests.finished(LAST_WORDS_MS_MAX);
    this.#requests.cancel();
    await this.#socket.close(reason);
  }

  #take(frame: TunnelFrame | undefined): void {
    if (this.#phase === "signing in") void this.#signIn(frame);
    else if (this.#phase === "open" && frame !== undefined) this.#serve(frame);
  }

  async #signIn(frame: TunnelFrame | undefined): Promise<void> {
    if (frame?.type === "challenge" && this.#nonceWas === "awaited") {
      this.#nonceWas = "used";
      await this.#answerChallenge(frame.nonce);
    } else if (frame?.type === "auth_ok" && this.#nonceWas === "used") {
      this.#open(frame);
    } else if (frame?.type === "auth_error" || frame?.type === "error") {
      this.#refusal = { retryAfterMs: undefined };
      this.#socket.end(`the relay refused: ${wordsOf(frame.error)}`);
    } else if (frame?.type === "ping") {
      this.#pong(frame);
    } else {
      this.#socket.end("what answers there is no relay");
    }
  }

  async #answerChallenge(nonce: string): Promise<void> {
    const timestamp = nowSeconds();
    const agents: { address: string; signature: string }[] = [];
    for (const agent of this.#options.agents) {
      const signature = await this.#sign(agent, nonce, timestamp);
      if (signature !== undefined) agents.push({ address: agent.address, signature });
    }
    if (this.#phase !== "signing in") return;
    if (agents.length === 0) return this.#socket.end("no agent's key can be read");
    void this.#socket.send({ type: "auth", agents, nonce, timestamp, features: [...TUNNEL_FEATURES] });
  }

  /** Undefined: the agent's key cannot be had; the others do not suffer for it. */
  async #sign({ id, address }: AddressedAgent, nonce: string, timestamp: number): Promise<string | undefined> {
    try {
      return await this.#options.sign(id, tunnelSignatureText(address, nonce, timestamp));
    } catch {
      return undefined;
    }
  }

  #open({ agents, features }: TunnelFrameOf<"auth_ok">): void {
    this.#hasBase64 = sharedFeatures(features).has("base64");
    const given = new Map(agents.map(({ address, url }) => [address.toLowerCase(), url]));
    const news = new Map<string, AgentNews>();
    for (const agent of this.#options.agents) news.set(agent.id, this.#connect(agent, given.get(lower(agent))));
    this.#phase = "open";
    clearTimeout(this.#timer);
    const silenceMs = this.#options.times.pingMs * TUNNEL_PINGS_MISSED_MAX;
    this.#timer = setTimeout(() => this.#socket.end("the relay fell silent"), silenceMs);
    this.#options.onOpen(news);
  }

  #connect(agent: AddressedAgent, given: string | undefined): AgentNews {
    const url = given === undefined ? undefined : publicUrlOf(given);
    if (url === undefined) return { error: NO_ADDRESS };
    this.#connected.set(lower(agent), { agentId: agent.id, url });
    return { url };
  }

  #serve(frame: TunnelFrame): void {
    switch (frame.type) {
      case "request":
        return this.#requests.take(frame, this.#connected.get(askedAddress(frame) ?? ""), this.#hasBase64);
      case "stream_pause":
      case "stream_resume":
      case "stream_cancel":
        return this.#requests.steer(frame);
      case "ping":
        return this.#pong(frame);
      case "challenge":
        return void this.#answerAddChallenge(frame.nonce);
      case "agent_added":
        return this.#added(frame.address, frame.url);
      case "agent_removed":
        return this.#removed(frame.address);
      case "error":
        return this.#complained(wordsOf(frame.error));
      default:
        return; // Nothing that a relay says at this time.
    }
  }

  #pong({ ts }: TunnelFrameOf<"ping">): void {
    void this.#socket.send(ts === undefined ? { type: "pong" } : { type: "pong", ts });
  }

  #addNext(): void {
    clearTimeout(this.#addTimer);
    this.#unwantedId = undefined;
    if (this.#phase !== "open" || this.#adding.length === 0) return;
    this.#nonceWas = "awaited";
    this.#addTimer = setTimeout(() => this.#notAdded("the relay did not answer"), this.#options.times.authMs);
    void this.#socket.send({ type: "request_challenge" });
  }

  async #answerAddChallenge(nonce: string): Promise<void> {
    const [agent] = this.#adding;
    if (agent === undefined || this.#nonceWas !== "awaited") return;
    this.#nonceWas = "used";
    const timestamp = nowSeconds();
    const signature = await this.#sign(agent, nonce, timestamp);
    if (this.#adding[0] !== agent) return; // Its time was up.
    if (signature === undefined) return this.#notAdded("its key cannot be read");
    const { address } = agent;
    void this.#socket.send({ type: "add_agent", address, signature, nonce, timestamp });
  }

  #added(address: string, url: string): void {
    const [agent] = this.#adding;
    if (agent === undefined || lower(agent) !== address.toLowerCase()) return;
    this.#adding.shift();
    const isUnwanted = this.#unwantedId === agent.id;
    if (isUnwanted) void this.#socket.send({ type: "remove_agent", address: agent.address });
    const news: AgentNews = isUnwanted ? { error: "it was deleted" } : this.#connect(agent, url);
    this.#addNext();
    this.#options.onAgent(agent.id, news);
  }

  #notAdded(error: string): void {
    const agent = this.#adding.shift();
    this.#addNext();
    if (agent !== undefined) this.#options.onAgent(agent.id, { error });
  }

  /** We did not want it, or we did, and then there is nothing left to remove. */
  #removed(address: string): void {
    const agent = this.#connected.get(address.toLowerCase());
    if (agent === undefined) return;
    this.#connected.delete(address.toLowerCase());
    this.#requests.cancel(agent.agentId);
    this.#options.onAgent(agent.agentId, { error: "the relay gave its address to another host" });
  }

  #complained(words: string): void {
    if (this.#adding.length > 0) this.#notAdded(`the relay refused: ${words}`);
    else this.#options.onNote(`the tunnel's relay says: ${words}`);
  }

  #over(reason: string, refusal: Refusal | undefined): void {
    this.#phase = "over";
    clearTimeout(this.#timer);
    clearTimeout(this.#addTimer);
    this.#connected.clear();
    this.#requests.cancel();
    this.#options.onOver(reason, refusal);
  }
}

function lower({ address }: AddressedAgent): string {
  return address.toLowerCase();
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** As much of a relay's own words as fits on a line of ours. */
function wordsOf(text: string): string {
  return (
    text
      .replace(/\p{C}|\p{Z}+/gu, " ")
      .trim()
      .slice(0, 200) || "without a reason"
  );
}
