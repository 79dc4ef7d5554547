// Writes a request as a frame.

import { isUtf8 } from "node:buffer";
import { type TunnelFeature, tunnelFrameText } from "../../protocol/tunnel-frames.ts";
import type { RelayProblem } from "./relay-answer.ts";
import type { RelayRequest } from "./relay-tunnel.ts";

/** The frame's text; or why the host cannot be asked this. */
export function requestFrame(
  id: string,
  { method, path, headers, body }: RelayRequest,
  features: ReadonlySet<TunnelFeature>,
  bytesMax: number,
): string | RelayProblem {
  const frame = { type: "request", id, method, path, headers: { ...headers } } as const;
  const mayEncode = features.has("base64");
  if (isUtf8(body)) {
    const text = tunnelFrameText({ ...frame, body: body.toString("utf8") });
    // What JSON has to escape becomes up to six times as long.
    if (Buffer.byteLength(text) <= bytesMax) return text;
  } else if (!mayEncode) {
    return { code: "binary_body", message: "the agent's host takes only bodies that are UTF-8 text" };
  }
  if (mayEncode) {
    const text = tunnelFrameText({ ...frame, body: body.toString("base64"), body_encoding: "base64" });
    if (text.length <= bytesMax) return text;
  }
  return { code: "body_too_large", message: "the request does not fit into one frame" };
}
