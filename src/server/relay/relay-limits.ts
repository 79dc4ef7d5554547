// What a relay holds its two sides to. Tests have smaller numbers; nobody else has other ones.

import {
  RELAY_CALLERS_KEPT_MAX,
  RELAY_CONNECTS_PER_MINUTE_MAX,
  RELAY_CONTROL_FRAMES_PER_MINUTE_MAX,
  RELAY_DRAIN_MS_MAX,
  RELAY_HELD_BYTES_EACH_MAX,
  RELAY_HELD_BYTES_MAX,
  RELAY_REQUESTS_PER_MINUTE_MAX,
  RELAY_STREAM_HELD_BYTES_MAX,
  RELAY_STREAM_PAUSE_BYTES,
  RELAY_TUNNELS_MAX,
  RELAY_TUNNELS_PER_ADDRESS_MAX,
  RELAY_UNSENT_BYTES_MAX,
  TUNNEL_AGENTS_MAX,
  TUNNEL_ANSWER_MS_MAX,
  TUNNEL_AUTH_MS_MAX,
  TUNNEL_BODY_BYTES_MAX,
  TUNNEL_FRAME_BYTES_MAX,
  TUNNEL_PING_MS,
  TUNNEL_REQUESTS_MAX,
  TUNNEL_STREAM_IDLE_MS_MAX,
} from "../../protocol/limits.ts";

export const RELAY_LIMITS = {
  /** Of one network address. */
  connectsPerMinute: RELAY_CONNECTS_PER_MINUTE_MAX,
  tunnelsPerCaller: RELAY_TUNNELS_PER_ADDRESS_MAX,
  callersKept: RELAY_CALLERS_KEPT_MAX,
  tunnels: RELAY_TUNNELS_MAX,
  /** Of one tunnel. */
  agents: TUNNEL_AGENTS_MAX,
  requestsOpen: TUNNEL_REQUESTS_MAX,
  controlFramesPerMinute: RELAY_CONTROL_FRAMES_PER_MINUTE_MAX,
  frameBytes: TUNNEL_FRAME_BYTES_MAX,
  unsentBytes: RELAY_UNSENT_BYTES_MAX,
  authMs: TUNNEL_AUTH_MS_MAX,
  pingMs: TUNNEL_PING_MS,
  /** Of one agent. */
  requestsPerMinute: RELAY_REQUESTS_PER_MINUTE_MAX,
  /** Of one request and its answer. */
  bodyBytes: TUNNEL_BODY_BYTES_MAX,
  answerMs: TUNNEL_ANSWER_MS_MAX,
  streamIdleMs: TUNNEL_STREAM_IDLE_MS_MAX,
  streamPauseBytes: RELAY_STREAM_PAUSE_BYTES,
  streamHeldBytes: RELAY_STREAM_HELD_BYTES_MAX,
  /** Of one network address, and of one tunnel. */
  heldBytesEach: RELAY_HELD_BYTES_EACH_MAX,
  /** Of all together. */
  heldBytes: RELAY_HELD_BYTES_MAX,
  drainMs: RELAY_DRAIN_MS_MAX,
};
export type RelayLimits = Readonly<typeof RELAY_LIMITS>;
