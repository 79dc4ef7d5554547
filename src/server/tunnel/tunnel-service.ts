// The tunnel as everybody else knows it: a connection to a relay, through which each agent has a public address.

type TunnelAgentStatus = "disconnected" | "connecting" | "connected" | "error";

export interface TunnelAgent {
  readonly id: string;
  readonly name: string;
  /** `0x` and 40 hex digits. */
  readonly address: string;
  readonly status: TunnelAgentStatus;
  /** Its public address while it is connected, without a slash at the end. */
  readonly url: string | null;
  readonly error: string | null;
}

export interface TunnelStatus {
  readonly connected: boolean;
  /** off: nobody wants it; waiting: for the next try. */
  readonly state: "off" | "connecting" | "connected" | "waiting";
  readonly relayUrl: string;
  /** What went wrong last. */
  readonly error: string | null;
  /** Of the next try. */
  readonly retryInMs: number | null;
  /** All agents there are. */
  readonly agents: readonly TunnelAgent[];
}

export interface TunnelService {
  status(): Promise<TunnelStatus>;
  /**
   * Connects, stays connected, and does so again when the host starts anew. Resolves when it is connected; fails with
   * `tunnel_failed` when the relay refuses, or when that takes too long (it goes on trying either way), with `relay_invalid`
   * for an address that is none.
   */
  connect(): Promise<TunnelStatus>;
  /** Ends it until somebody wants it again. */
  disconnect(): Promise<TunnelStatus>;
  /** The public address of an agent that is connected. */
  urlOf(agentId: string): string | undefined;
  /** Another text after something of its status is otherwise. Costs microseconds. */
  mark(): string;
  /** Connects if somebody wanted that before this host started, and does not wait for it. */
  resume(): void;
  /** The host is about to stop: requests that are open finish, new ones are refused, and nothing is connected any more. */
  drain(): void;
  /** With the host; what somebody wanted stays as it is. */
  stop(): Promise<void>;
}
