// MCP servers over HTTP, as their SDK's guide writes them: one tool, the high-level class, the SDK's own transports. Older
// clients get a session each, newer ones an instance for each request; `@hono/node-server` is what the SDK's adapter for
// Node is made of. Prints its port.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createMcpHandler, McpServer, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import { z } from "zod";

function makeServer() {
  const server = new McpServer({ name: "echo", version: "1.0.0" });
  server.registerTool(
    "echo",
    { description: "Gives its text back", inputSchema: z.object({ text: z.string() }) },
    async ({ text }) => ({ content: [{ type: "text", text }] }),
  );
  return server;
}

const sessions = new Map();
const newer = createMcpHandler(makeServer, { legacy: "reject" });

async function answerOlder(request) {
  const id = request.headers.get("mcp-session-id");
  if (id !== null) return await sessions.get(id).handleRequest(request);
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (made) => void sessions.set(made, transport),
  });
  await makeServer().connect(transport);
  return await transport.handleRequest(request);
}

const listener = getRequestListener((request) =>
  new URL(request.url).pathname === "/newer" ? newer.fetch(request) : answerOlder(request),
);
const server = createServer(listener);
// Whoever started it has gone.
process.stdin.resume().once("end", () => process.exit());
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
