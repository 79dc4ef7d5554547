// The host's side of the MCP server.

import { EventEmitter } from "node:events";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

// With many calls in flight the SDK listens to one stream many times, and Node would warn about it.
EventEmitter.defaultMaxListeners = 0;

/** Starts the server and connects to it. */
export async function connectMcp() {
  const client = new Client({ name: "bench", version: "1.0.0" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(import.meta.dirname, "mcp-server.mjs")],
  });
  await client.connect(transport);
  return {
    pid: transport.pid,
    async echo(text) {
      const { content } = await client.callTool({ name: "echo", arguments: { text } });
      return content[0].text;
    },
    close: () => client.close(),
  };
}
