// What crosses the tunnel: JSON texts in the frames of one WebSocket between a host and a relay ("Osaurus: Tunnel"). Both sides
// read with `parseTunnelFrame`, and treat what only the other side may say as an error.
//
// Two things are ours, and only used when both sides name them as `features`, in `auth` and in `auth_ok`:
// - base64: bodies that are not text have `body_encoding: "base64"` beside them.
// - flow: the relay says which streamed answers have to wait for their readers, and which have none any more.

import * as z from "zod/mini";
import { TUNNEL_AGENTS_MAX, TUNNEL_FRAME_BYTES_MAX, TUNNEL_HEADERS_MAX } from "./limits.ts";

export const TUNNEL_FEATURES = ["base64", "flow"] as const;
export type TunnelFeature = (typeof TUNNEL_FEATURES)[number];

const ID_CHARS_MAX = 128;
const METHOD_CHARS_MAX = 32;
const URL_CHARS_MAX = 2_048;
const ERROR_CHARS_MAX = 2_048;
const FEATURES_MAX = 32;
const FEATURE_CHARS_MAX = 64;

const address = z.string().check(z.regex(/^0x[0-9a-f]{40}$/i));
const nonce = z.string().check(z.regex(/^[0-9a-f]{64}$/i));
/** Longer than one may be, so that whoever checks it says what is wrong with it. */
const signature = z.string().check(z.maxLength(256));
/** Seconds since 1970. */
const timestamp = z.int();
const url = z.string().check(z.maxLength(URL_CHARS_MAX));
const error = z.string().check(z.maxLength(ERROR_CHARS_MAX));
/** Made by the relay; a host gives it back as it is. */
const id = z.string().check(z.minLength(1), z.maxLength(ID_CHARS_MAX));
const status = z.int();
/** What stands in names and values is checked by whoever writes them into a request or an answer. */
const headers = z
  .record(z.string(), z.string())
  .check(z.refine((value) => Object.keys(value).length <= TUNNEL_HEADERS_MAX, "has too many members"));
const text = z.string().check(z.maxLength(TUNNEL_FRAME_BYTES_MAX));
const encoding = z.optional(z.enum(["utf8", "base64"]));
/** Those that we do not know are left out. */
const features = z.optional(z.array(z.string().check(z.maxLength(FEATURE_CHARS_MAX))).check(z.maxLength(FEATURES_MAX)));

const TunnelFrame = z.discriminatedUnion("type", [
  // Signing in, and which agents there are.
  z.object({ type: z.literal("challenge"), nonce }),
  z.object({
    type: z.literal("auth"),
    agents: z.array(z.object({ address, signature })).check(z.minLength(1), z.maxLength(TUNNEL_AGENTS_MAX)),
    nonce,
    timestamp,
    features,
  }),
  z.object({
    type: z.literal("auth_ok"),
    agents: z.array(z.object({ address, url })).check(z.maxLength(TUNNEL_AGENTS_MAX)),
    features,
  }),
  z.object({ type: z.literal("auth_error"), error }),
  z.object({ type: z.literal("request_challenge") }),
  z.object({ type: z.literal("add_agent"), address, signature, nonce, timestamp }),
  z.object({ type: z.literal("remove_agent"), address }),
  z.object({ type: z.literal("agent_added"), address, url }),
  z.object({ type: z.literal("agent_removed"), address }),
  // Requests and answers.
  z.object({
    type: z.literal("request"),
    id,
    method: z.string().check(z.maxLength(METHOD_CHARS_MAX)),
    path: text,
    headers,
    body: z.nullish(text),
    body_encoding: encoding,
  }),
  z.object({ type: z.literal("response"), id, status, headers, body: z.nullish(text), body_encoding: encoding }),
  z.object({ type: z.literal("stream_start"), id, status, headers }),
  z.object({ type: z.literal("stream_chunk"), id, data: text, body_encoding: encoding }),
  /** With an error when the answer broke off. */
  z.object({ type: z.literal("stream_end"), id, error: z.optional(error) }),
  /** The stream's reader is slow: no more of it, please, until `stream_resume`. */
  z.object({ type: z.literal("stream_pause"), id }),
  z.object({ type: z.literal("stream_resume"), id }),
  /** Nobody waits for this answer any more, whether it began or not. */
  z.object({ type: z.literal("stream_cancel"), id }),
  // Signs of life, and what went wrong.
  z.object({ type: z.literal("ping"), ts: z.optional(z.number()) }),
  z.object({ type: z.literal("pong"), ts: z.optional(z.number()) }),
  z.object({ type: z.literal("error"), error }),
]);
export type TunnelFrame = z.infer<typeof TunnelFrame>;

/** One kind of frame, by its type. */
export type TunnelFrameOf<Type extends TunnelFrame["type"]> = Extract<TunnelFrame, { type: Type }>;

/** The frame that a text is; undefined when it is none, or of a kind that we do not know. */
export function parseTunnelFrame(text: string): TunnelFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = TunnelFrame.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

export function tunnelFrameText(frame: TunnelFrame): string {
  return JSON.stringify(frame);
}

/** What the owner of an address signs to have it connected. */
export function tunnelSignatureText(address: string, nonce: string, timestamp: number): string {
  return `osaurus-tunnel:${address}:${nonce}:${timestamp}`;
}

/** The features that both sides know. */
export function sharedFeatures(named: readonly string[] | undefined): ReadonlySet<TunnelFeature> {
  return new Set(TUNNEL_FEATURES.filter((feature) => named?.includes(feature)));
}
