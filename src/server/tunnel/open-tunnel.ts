// The tunnel of a host that serves: owns the connection to the relay, wants it, loses it, and makes it again.
//
//   off ──connect, resume──▶ connecting ──▶ connected
//    ▲                        │    ▲            │
//    └──disconnect (always)   ▼    └── waiting ◀┘   back-off: 1 s, doubling to 60 s, somewhat random
//
// What lives no longer than one connection is in tunnel-connection.ts. There is never more than one, and what an older one
// still says is not heard. The addresses that the relay gives out go to plugins each time that one of them changes.

import type { Duplex } from "node:stream";
import { HostError, toHostError } from "../../protocol/errors.ts";
import type { ServerHost } from "../server-host.ts";
import type { Refusal } from "./relay-socket.ts";
import { isReadable, relayUrlOf } from "./relay-url.ts";
import { TunnelAgents } from "./tunnel-agents.ts";
import { type AgentNews, TunnelConnection } from "./tunnel-connection.ts";
import type { TunnelService, TunnelStatus } from "./tunnel-service.ts";
import { TUNNEL_TIMES, type TunnelTimes } from "./tunnel-times.ts";
import { TunnelWish } from "./tunnel-wish.ts";

export interface TunnelOptions {
  readonly host: Pick<ServerHost, "agents" | "native">;
  /** The folder of the host's data: `Config/tunnel.json` says what somebody wanted. */
  readonly data: string;
  /** Of the relay; without it the public one. */
  readonly relayUrl: string | undefined;
  /** Serves what comes over a connection inside this process as asked at that agent's public address. */
  accept(connection: Duplex, agentId: string): void;
  /** What the operator should know: one line. */
  note(text: string): void;
  /** Shorter ones, for tests. */
  readonly times?: Partial<TunnelTimes>;
}

/** Nothing is connected yet. */
export function openTunnel(options: TunnelOptions): TunnelService {
  return new Tunnel(options);
}

const ENDED = "the tunnel was disconnected";
const STOPPED = "the host is stopping";

class Tunnel implements TunnelService {
  readonly #options: TunnelOptions;
  readonly #times: TunnelTimes;
  readonly #wish: TunnelWish;
  readonly #agents = new TunnelAgents();
  #state: TunnelStatus["state"] = "off";
  /** Nothing is connected any more; what is connected stays for a while. */
  #isDraining = false;
  #connection: TunnelConnection | undefined;
  /** One up for each try, and for each end: what belongs to an older one does not count. */
  #turn = 0;
  #failuresInARow = 0;
  #connectedAt = 0;
  #error: string | null = null;
  #retry: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;
  /** While it is connected: looks for agents that came or went. */
  #watch: { end(): void } | undefined;
  #look: Promise<void> | undefined;
  #isLookDue = false;
  /** Those who want to know what the next try comes to. */
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #lastNote = "";
  /** Connections of which something may be left. */
  readonly #closing = new Set<Promise<void>>();

  constructor(options: TunnelOptions) {
    this.#options = options;
    this.#times = { ...TUNNEL_TIMES, ...options.times };
    this.#wish = new TunnelWish(options.data);
  }

  async status(): Promise<TunnelStatus> {
    const listed = await (await this.#options.host.agents()).list();
    const isUp = this.#state === "connecting" || this.#state === "connected";
    return {
      connected: this.#state === "connected",
      state: this.#state,
      relayUrl: this.#shownRelayUrl(),
      error: this.#error,
      retryInMs: this.#retry === undefined ? null : Math.max(0, Math.round(this.#retry.at - performance.now())),
      agents: listed.map((agent) => this.#agents.rowOf(agent, isUp)),
    };
  }

  async connect(): Promise<TunnelStatus> {
    const relayUrl = relayUrlOf(this.#options.relayUrl);
    if (this.#isDraining) throw failed(STOPPED);
    this.#wish.keep(relayUrl);
    if (isReadable(relayUrl))
      this.#note("what goes to the tunnel's relay is not encrypted: its address begins with ws://");
    if (this.#state !== "connected") await this.#connected(relayUrl);
    return await this.status();
  }

  async disconnect(): Promise<TunnelStatus> {
    this.#wish.forget();
    await this.#end(ENDED);
    this.#error = null;
    return await this.status();
  }

  urlOf(agentId: string): string | undefined {
    return this.#state === "connected" ? this.#agents.urlOf(agentId) : undefined;
  }

  mark(): string {
    return JSON.stringify([this.#state, this.#error, this.#retry?.at, [...this.#agents.urls()]]);
  }

  resume(): void {
    if (this.#isDraining || this.#state !== "off") return;
    const { relayUrl: wanted, problem } = this.#wish.read();
    if (problem !== undefined) this.#note(`it is not known whether the tunnel is wanted: ${problem}`);
    if (wanted === undefined) return;
    try {
      const relayUrl = relayUrlOf(this.#options.relayUrl);
      if (relayUrl === wanted) return void this.#try(relayUrl);
      this.#note('the tunnel was connected to another relay; "osaurus tunnel connect" connects it to this one');
    } catch (error) {
      this.#note(toHostError(error).message);
    }
  }

  drain(): void {
    this.#isDraining = true;
    if (this.#state === "connecting" || this.#state === "waiting") void this.#end(STOPPED);
    this.#watch?.end();
    this.#watch = undefined;
    this.#connection?.drain();
  }

  async stop(): Promise<void> {
    this.#isDraining = true;
    await this.#end(STOPPED);
    await this.#look;
  }

  /** Resolves when a try succeeded; fails when the relay refused, or none did in time. Begins one where none is under way. */
  async #connected(relayUrl: string): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    const { connectWaitMs } = this.#times;
    const late = () => waiter.reject(failed(lateText(connectWaitMs, this.#error), GOES_ON));
    const timer = setTimeout(late, connectWaitMs);
    this.#waiting.add(waiter);
    if (this.#state !== "connecting") void this.#try(relayUrl);
    try {
      await waiter.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiter);
    }
  }

  async #try(relayUrl: string): Promise<void> {
    const turn = ++this.#turn;
    this.#cancelRetry();
    this.#state = "connecting";
    try {
      const agents = await this.#options.host.agents();
      const listed = await agents.list();
      if (turn !== this.#turn) return;
      this.#connection = new TunnelConnection({
        relayUrl,
        agents: this.#agents.begin(listed),
        times: this.#times,
        sign: async (agentId, text) => (await agents.signAs(agentId, text)).signature,
        accept: this.#options.accept,
        onOpen: (news) => turn === this.#turn && this.#opened(news),
        onAgent: (agentId, news) => turn === this.#turn && this.#learned(agentId, news),
        onNote: (text) => turn === this.#turn && this.#note(text),
        onOver: (reason, refusal) => turn === this.#turn && this.#lost(relayUrl, reason, refusal),
      });
    } catch (error) {
      if (turn === this.#turn) this.#lost(relayUrl, toHostError(error).message, undefined);
    }
  }

  #opened(news: ReadonlyMap<string, AgentNews>): void {
    for (const [agentId, one] of news) this.#agents.learn(agentId, one);
    this.#state = "connected";
    this.#connectedAt = performance.now();
    this.#error = null;
    this.#lastNote = "";
    for (const waiter of this.#waiting) waiter.resolve();
    this.#tellPlugins();
    void this.#watchAgents();
  }

  #learned(agentId: string, news: AgentNews): void {
    this.#agents.learn(agentId, news);
    if (news.error !== undefined) this.#note(`an agent has no public address: ${news.error}`);
    this.#tellPlugins();
  }

  /** The connection is over, or there never was one: the next try comes later. */
  #lost(relayUrl: string, reason: string, refusal: Refusal | undefined): void {
    if (this.#isDraining) return void this.#end(STOPPED);
    const heldMs = this.#state === "connected" ? performance.now() - this.#connectedAt : 0;
    if (heldMs >= this.#times.stableMsMin) this.#failuresInARow = 0;
    this.#down();
    this.#error = reason;
    const retryInMs = this.#nextTryIn(refusal);
    this.#state = "waiting";
    const timer = setTimeout(() => void this.#try(relayUrl), retryInMs);
    this.#retry = { timer, at: performance.now() + retryInMs };
    this.#note(`the tunnel is down: ${reason}`);
    if (refusal === undefined) return; // Whoever waits has time for another try.
    for (const waiter of this.#waiting) waiter.reject(failed(`the tunnel is not connected: ${reason}`, GOES_ON));
  }

  #nextTryIn(refusal: Refusal | undefined): number {
    const { backoffMsMin, backoffMsMax } = this.#times;
    const doubled = Math.min(backoffMsMin * 2 ** this.#failuresInARow++, backoffMsMax);
    // Many hosts that lost the same relay do not come back in the same moment.
    const random = Math.random() / 4;
    const asToldMs = refusal?.retryAfterMs;
    // Never before the relay's time; and no relay keeps a host away for longer than the back-off does.
    if (asToldMs !== undefined) return Math.min(Math.max(asToldMs, backoffMsMin) * (1 + random), backoffMsMax);
    return (refusal === undefined ? doubled : backoffMsMax) * (0.75 + random);
  }

  async #end(reason: string): Promise<void> {
    this.#turn++;
    const connection = this.#connection;
    this.#cancelRetry();
    this.#down();
    this.#state = "off";
    this.#failuresInARow = 0;
    for (const waiter of this.#waiting) waiter.reject(failed(reason));
    if (connection !== undefined) {
      const closing = connection.close(reason);
      this.#closing.add(closing);
      void closing.then(() => this.#closing.delete(closing));
    }
    await Promise.all(this.#closing);
  }

  /** There is no connection any more: neither agents' addresses. */
  #down(): void {
    this.#connection = undefined;
    this.#watch?.end();
    this.#watch = undefined;
    const wasUp = this.#agents.urls().size > 0;
    this.#agents.end();
    if (wasUp) this.#tellPlugins();
  }

  #cancelRetry(): void {
    clearTimeout(this.#retry?.timer);
    this.#retry = undefined;
  }

  /** Agents that this host makes and deletes are noticed at once, those of other processes a little later. */
  async #watchAgents(): Promise<void> {
    const turn = this.#turn;
    const agents = await this.#options.host.agents();
    if (turn !== this.#turn || this.#state !== "connected" || this.#isDraining) return;
    const look = () => this.#lookAgain();
    const timer = setInterval(look, this.#times.agentsLookMs);
    const forget = agents.onChange(look);
    this.#watch = {
      end() {
        clearInterval(timer);
        forget();
      },
    };
    look(); // Some may have come or gone while it was being connected.
  }

  #lookAgain(): void {
    this.#isLookDue = true;
    this.#look ??= this.#lookWhileDue().finally(() => {
      this.#look = undefined;
    });
  }

  async #lookWhileDue(): Promise<void> {
    while (this.#isLookDue && this.#watch !== undefined) {
      this.#isLookDue = false;
      try {
        await this.#followAgents();
      } catch (error) {
        this.#note(`it cannot be seen which agents there are: ${toHostError(error).message}`);
      }
    }
  }

  async #followAgents(): Promise<void> {
    const turn = this.#turn;
    const agents = await this.#options.host.agents();
    const ids = await agents.ids();
    if (!this.#agents.differFrom(ids)) return;
    const listed = await agents.list();
    if (turn !== this.#turn || this.#connection === undefined) return;
    const { added, removed } = this.#agents.follow(listed);
    for (const agent of removed) this.#connection.remove(agent);
    for (const agent of added) this.#connection.add(agent);
    if (removed.length > 0) this.#tellPlugins();
  }

  /** A host that stops ends its plugins anyway: they need not hear of it. */
  #tellPlugins(): void {
    if (this.#isDraining) return;
    const urls = this.#agents.urls();
    void this.#options.host
      .native()
      .then((native) => native.tunnelChanged(urls))
      .catch((error: unknown) => this.#note(`plugins were not told of the tunnel: ${toHostError(error).message}`));
  }

  /** What is said again and again is said once. */
  #note(text: string): void {
    if (text === this.#lastNote) return;
    this.#lastNote = text;
    this.#options.note(text);
  }

  #shownRelayUrl(): string {
    try {
      return relayUrlOf(this.#options.relayUrl);
    } catch {
      return "";
    }
  }
}

const GOES_ON = 'it goes on trying; "osaurus tunnel status" says how it is, "osaurus tunnel disconnect" ends it';

function lateText(waitMs: number, error: string | null): string {
  return `the tunnel is not connected after ${waitMs / 1_000} s${error === null ? "" : `: ${error}`}`;
}

function failed(message: string, hint?: string): HostError {
  return new HostError("tunnel_failed", message, hint === undefined ? {} : { hint });
}
