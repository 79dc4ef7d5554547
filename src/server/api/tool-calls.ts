// /api/v1/tools/call: one call of a tool, as somebody types it.

import { TOOL_CALLS_API } from "../../protocol/api/tool-calls.ts";
import { agentOf } from "../authenticate.ts";
import { clientSignal } from "../client-signal.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const TOOL_CALL_ROUTES: readonly ApiRoute[] = [
  apiRoute(TOOL_CALLS_API.call_tool, async ({ host, request, reply, body, draining }) => {
    const agent = await agentOf(host, request, body.agent);
    const signal = clientSignal(request, reply, draining);
    const beganAt = performance.now();
    const call = { tool: body.tool, input: JSON.stringify(body.arguments), agent, agentId: agent.id, signal };
    // Whoever types a call wants it: asking once more would tell them nothing.
    const { envelope, breakdown } = await (await host.shelf()).call({ ...call, consent: "given" });
    return {
      envelope: { ...envelope },
      duration_ms: Math.round(performance.now() - beganAt),
      ...(breakdown === undefined ? {} : { breakdown: breakdown.toBody().error }),
    };
  }),
];
