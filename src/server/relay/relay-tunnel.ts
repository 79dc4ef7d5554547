// One connection of a host to a relay, from the challenge to its end: signing in, the agents that it has, signs of life, and
// the requests that are open on it. The relay's list of agents is `relay-agents.ts`.

import { randomBytes, randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { WebSocket } from "ws";
import type { HeldShare } from "../../base/held-bytes.ts";
import { TUNNEL_PINGS_MISSED_MAX } from "../../protocol/limits.ts";
import {
  parseTunnelFrame,
  sharedFeatures,
  type TunnelFeature,
  type TunnelFrame,
  type TunnelFrameOf,
  tunnelFrameText,
} from "../../protocol/tunnel-frames.ts";
import { RateWindow } from "./rate-window.ts";
import type { RelayAgents } from "./relay-agents.ts";
import { answerProblem, type RelayCode, type RelayProblem } from "./relay-answer.ts";
import { type AnswerFrame, RelayExchange } from "./relay-exchange.ts";
import type { RelayLimits } from "./relay-limits.ts";
import type { RelayNames } from "./relay-names.ts";
import { requestFrame } from "./request-frame.ts";
import { refuseSignIn, type SignIn } from "./sign-in.ts";

const MINUTE_MS = 60_000;
/** Reasons for which WebSockets are closed. */
const CLOSE = { badData: 1003, policy: 1008, goingAway: 1001 } as const;

export interface RelayTunnelOptions {
  readonly agents: RelayAgents;
  readonly names: RelayNames;
  readonly limits: RelayLimits;
  /** Addresses, in lower case, that may be here; undefined: all. */
  readonly allowed: ReadonlySet<string> | undefined;
  /** Milliseconds on a clock that nobody sets. */
  clock(): number;
}

/** A request as it goes to a host. */
export interface RelayRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export class RelayTunnel {
  readonly #socket: WebSocket;
  readonly #options: RelayTunnelOptions;
  readonly #exchanges = new Map<string, RelayExchange>();
  readonly #control: RateWindow;
  readonly #authTimer: NodeJS.Timeout;
  #pingTimer: NodeJS.Timeout | undefined;
  #pingsMissed = 0;
  #nonce: string | undefined;
  #isSignedIn = false;
  #features: ReadonlySet<TunnelFeature> = new Set();

  constructor(socket: WebSocket, options: RelayTunnelOptions) {
    this.#socket = socket;
    this.#options = options;
    const { limits } = options;
    this.#control = new RateWindow(limits.controlFramesPerMinute, MINUTE_MS, 1);
    this.#authTimer = setTimeout(() => this.#refuse("nobody signed in in time"), limits.authMs);
    socket.on("error", () => {}); // A frame that is too long, for instance; it is closed then.
    socket.on("message", (data, isBinary) => {
      if (isBinary) socket.close(CLOSE.badData, "frames are texts");
      else this.#take(String(data));
    });
    socket.once("close", () => this.#close());
    this.#challenge();
  }

  /** Asks the host; the answer goes into the response. */
  ask(request: RelayRequest, response: ServerResponse, held: HeldShare): void {
    const { limits } = this.#options;
    const id = randomUUID();
    const refuse = (code: RelayCode, message: string) => answerProblem(response, { code, message });
    if (this.#exchanges.size >= limits.requestsOpen) {
      return refuse("tunnel_busy", "too many requests of this host are open");
    }
    const text = requestFrame(id, request, this.#features, limits.frameBytes);
    if (typeof text !== "string") return answerProblem(response, text);
    if (this.#socket.bufferedAmount > limits.unsentBytes) {
      return refuse("tunnel_send_failed", "the agent's host does not take what it is sent");
    }
    const exchange = new RelayExchange({
      id,
      response,
      limits,
      features: this.#features,
      held,
      send: (frame) => this.#send(frame),
      onEnd: () => this.#exchanges.delete(id),
    });
    this.#exchanges.set(id, exchange);
    this.#socket.send(text, (error) => {
      if (error) exchange.fail({ code: "tunnel_send_failed", message: "the request could not be sent" });
    });
  }

  /** Tells the host that an agent of its is somebody else's now. */
  lose(address: string): void {
    this.#send({ type: "agent_removed", address });
  }

  /** Closes it; resolves when it is closed, at the latest after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.close(CLOSE.goingAway, "the relay is being stopped");
    const force = setTimeout(() => this.#socket.terminate(), graceMs);
    await closed;
    clearTimeout(force);
  }

  #take(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return; // It was told to go.
    const frame = parseTunnelFrame(text);
    if (this.#isSignedIn && frame !== undefined && isAnswer(frame)) {
      // One that is not known is late: its caller is gone.
      return void this.#exchanges.get(frame.id)?.take(frame);
    }
    if (this.#isSignedIn && frame?.type === "pong") {
      this.#pingsMissed = 0;
      return;
    }
    if (this.#control.take("", this.#options.clock()) > 0) return this.#refuse("too many frames");
    if (!this.#isSignedIn) {
      if (frame?.type === "auth") return this.#signIn(frame);
      return this.#refuse("the first frame has to be auth");
    }
    if (frame?.type === "request_challenge") return this.#challenge();
    if (frame?.type === "add_agent") return this.#addAgent(frame);
    if (frame?.type === "remove_agent") return this.#removeAgent(frame.address.toLowerCase());
    if (frame?.type === "ping") return this.#send({ ...frame, type: "pong" });
    if (frame?.type !== "error") this.#send({ type: "error", error: "a frame was not understood" });
  }

  #signIn({ agents, nonce, timestamp, features }: TunnelFrameOf<"auth">): void {
    const { limits, names } = this.#options;
    const problem = this.#refuseAgents({ agents, nonce, timestamp });
    if (problem !== undefined) return this.#refuse(problem);
    if (agents.length > limits.agents) return this.#refuse(`a tunnel has ${limits.agents} agents at most`);
    clearTimeout(this.#authTimer);
    this.#isSignedIn = true;
    this.#features = sharedFeatures(features);
    const addresses = agents.map(({ address }) => address.toLowerCase());
    for (const address of addresses) this.#options.agents.put(address, this);
    this.#send({
      type: "auth_ok",
      agents: addresses.map((address) => ({ address, url: names.urlOf(address) })),
      ...(features === undefined ? {} : { features: [...this.#features] }),
    });
    this.#pingTimer = setInterval(() => this.#ping(), limits.pingMs);
  }

  #addAgent({ address: given, signature, nonce, timestamp }: TunnelFrameOf<"add_agent">): void {
    const { agents, limits, names } = this.#options;
    const address = given.toLowerCase();
    const problem =
      this.#refuseAgents({ agents: [{ address: given, signature }], nonce, timestamp }) ??
      (agents.countOf(this) >= limits.agents && agents.tunnelOf(address) !== this
        ? `a tunnel has ${limits.agents} agents at most`
        : undefined);
    if (problem !== undefined) return this.#send({ type: "error", error: `add_agent ${address}: ${problem}` });
    agents.put(address, this);
    this.#send({ type: "agent_added", address, url: names.urlOf(address) });
  }

  #removeAgent(address: string): void {
    const { agents } = this.#options;
    if (agents.tunnelOf(address) !== this) {
      return this.#send({ type: "error", error: `remove_agent ${address}: it is not an agent of this tunnel` });
    }
    agents.remove(address, this);
    this.#send({ type: "agent_removed", address });
  }

  /** A nonce is used up with the first attempt, right or wrong. */
  #refuseAgents(signIn: SignIn): string | undefined {
    const nonce = this.#nonce;
    this.#nonce = undefined;
    return refuseSignIn(signIn, { nonce, nowMs: Date.now(), allowed: this.#options.allowed });
  }

  #challenge(): void {
    this.#nonce = randomBytes(32).toString("hex");
    this.#send({ type: "challenge", nonce: this.#nonce });
  }

  #ping(): void {
    if (this.#pingsMissed >= TUNNEL_PINGS_MISSED_MAX) return this.#socket.terminate();
    this.#pingsMissed++;
    this.#send({ type: "ping", ts: Date.now() });
  }

  #refuse(error: string): void {
    this.#send(this.#isSignedIn ? { type: "error", error } : { type: "auth_error", error });
    clearTimeout(this.#authTimer);
    this.#socket.close(CLOSE.policy, error);
  }

  #send(frame: TunnelFrame): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // Somebody who asks and asks, and reads nothing.
    if (this.#socket.bufferedAmount > 2 * this.#options.limits.unsentBytes) return this.#socket.terminate();
    this.#socket.send(tunnelFrameText(frame), () => {});
  }

  #close(): void {
    clearTimeout(this.#authTimer);
    clearInterval(this.#pingTimer);
    this.#options.agents.removeAll(this);
    const problem: RelayProblem = { code: "agent_offline", message: "the agent's host went away" };
    for (const exchange of [...this.#exchanges.values()]) exchange.fail(problem);
  }
}

function isAnswer(frame: TunnelFrame): frame is AnswerFrame {
  return (
    frame.type === "response" ||
    frame.type === "stream_start" ||
    frame.type === "stream_chunk" ||
    frame.type === "stream_end"
  );
}
