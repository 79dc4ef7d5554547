// MCP servers over HTTP, as their SDK's guide writes them: one tool, the high-level class, the SDK's own transports for Node.
// Older clients get a session each, newer ones an instance for each request. Prints its port.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
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
const answerNewer = toNodeHandler(createMcpHandler(makeServer, { legacy: "reject" }));

async function answerOlder(request, response) {
  const id = request.headers["mcp-session-id"];
  if (id !== undefined) return await sessions.get(id).handleRequest(request, response);
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (made) => void sessions.set(made, transport),
  });
  await makeServer().connect(transport);
  return await transport.handleRequest(request, response);
}

const server = createServer((request, response) =>
  request.url === "/newer" ? answerNewer(request, response) : answerOlder(request, response),
);
// Whoever started it has gone.
process.stdin.resume().once("end", () => process.exit());
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
