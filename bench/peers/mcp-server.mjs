// An MCP server over stdio, as its SDK's guide writes one: the high-level class with one tool.

import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

// With many calls in flight the SDK listens to stdout many times, and Node would warn about it.
process.stdout.setMaxListeners(0);

const server = new McpServer({ name: "echo", version: "1.0.0" });
server.registerTool(
  "echo",
  { description: "Gives its text back", inputSchema: z.object({ text: z.string() }) },
  async ({ text }) => ({ content: [{ type: "text", text }] }),
);
await server.connect(new StdioServerTransport());
