// MCP over HTTP at one path, for both eras. In the older one a client begins a session, listens with GET and ends the session
// with DELETE; without a session its requests are answered one by one. In the newer one every request stands for itself.
//
// Who is let in, from which host and which page, is decided before: by the hooks of the scope that this is registered in.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { MCP_MESSAGE_BYTES_MAX } from "../../protocol/limits.ts";
import type { ServerHost } from "../server-host.ts";
import { McpEndpoint, type McpHttpOptions } from "./mcp-endpoint.ts";

const MCP_PATH = "/mcp";

/** Serves `/mcp` in a scope of its own. Opens nothing of the host before the first request. */
export async function registerMcp(scope: FastifyInstance, host: ServerHost, options: McpHttpOptions): Promise<void> {
  const endpoint = new McpEndpoint(host, options);
  scope.addHook("onClose", async () => endpoint.close());
  // The text as it came: numbers are to reach the plugin as they are.
  scope.removeAllContentTypeParsers();
  const text = { parseAs: "string", bodyLimit: MCP_MESSAGE_BYTES_MAX } as const;
  scope.addContentTypeParser("application/json", text, async (_: FastifyRequest, body: string) => body);
  scope.post(MCP_PATH, async (request, reply) => await endpoint.post(request, reply));
  scope.get(MCP_PATH, async (request, reply) => endpoint.get(request, reply));
  scope.delete(MCP_PATH, async (request, reply) => endpoint.delete(request, reply));
}
