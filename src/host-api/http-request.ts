// http_request: a request to the world outside, within the plugin's limits ("Osaurus: Host API", HTTP).

import type { HostCall } from "../protocol/host-slots.ts";
import type { Served } from "./create-host-api.ts";
import type { HostAnswer } from "./host-answer.ts";

export async function httpRequest(call: HostCall, deps: Served): Promise<HostAnswer | null> {
  const [json] = call.args;
  if (typeof json !== "string") return null;
  const { pluginId, placeId, warnOnce } = deps;
  const { agentId } = call;
  return await deps.http.request(json, { pluginId, placeId, agentId, warnOnce, room: () => call.room() });
}
