// How long the tunnel waits for what. Tests wait less.

import {
  TUNNEL_AGENTS_LOOK_MS,
  TUNNEL_ANSWER_MS_MAX,
  TUNNEL_AUTH_MS_MAX,
  TUNNEL_BACKOFF_MS_MAX,
  TUNNEL_BACKOFF_MS_MIN,
  TUNNEL_CONNECT_WAIT_MS_MAX,
  TUNNEL_PING_MS,
  TUNNEL_STABLE_MS_MIN,
  TUNNEL_STREAM_IDLE_MS_MAX,
  TUNNEL_STREAM_PAUSED_MS_MAX,
} from "../../protocol/limits.ts";

export interface TunnelTimes {
  readonly authMs: number;
  readonly pingMs: number;
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  readonly stableMsMin: number;
  readonly answerMs: number;
  readonly idleMs: number;
  readonly pausedMs: number;
  readonly connectWaitMs: number;
  readonly agentsLookMs: number;
}

export const TUNNEL_TIMES: TunnelTimes = {
  authMs: TUNNEL_AUTH_MS_MAX,
  pingMs: TUNNEL_PING_MS,
  backoffMsMin: TUNNEL_BACKOFF_MS_MIN,
  backoffMsMax: TUNNEL_BACKOFF_MS_MAX,
  stableMsMin: TUNNEL_STABLE_MS_MIN,
  answerMs: TUNNEL_ANSWER_MS_MAX,
  idleMs: TUNNEL_STREAM_IDLE_MS_MAX,
  pausedMs: TUNNEL_STREAM_PAUSED_MS_MAX,
  connectWaitMs: TUNNEL_CONNECT_WAIT_MS_MAX,
  agentsLookMs: TUNNEL_AGENTS_LOOK_MS,
};
