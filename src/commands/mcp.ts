// `osaurus mcp`: the tools of an agent as an MCP server on standard input and output, for a client that starts it. Every
// line for people goes to standard error.

import { EXIT, HostError } from "../protocol/errors.ts";
import { APPROVAL_COMMAND_MS } from "../protocol/limits.ts";
import type { CommandIo } from "../terminal/io.ts";
import { type Command, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { withHost } from "./with-host.ts";

export const mcp: Command = {
  usage: "[--agent A]",
  about:
    "Speaks the Model Context Protocol on standard input and output; a client starts it. It offers the tools of all plugins, " +
    "native and process, that the agent has. Ends when its input does.",
  positionals: { min: 0, max: 0 },
  options: {
    agent: {
      type: "string",
      value: "AGENT",
      about: "whose tools are offered, by id or name; without it the default agent",
    },
  },
  // Its plugins are then those of the host, and what it lists is what the host has.
  isResident: ({ io }) => io.streams !== undefined,
  runsOn: () => true,
  async run(command) {
    const { io, flags } = command;
    const settings = await command.settings();
    const { McpServer } = await import("../server/mcp/mcp-server.ts");
    const { FreshAgent } = await import("../server/mcp/fresh-agent.ts");
    const { serveMcpOverStdio } = await import("../server/mcp/mcp-stdio.ts");
    const streams = await io.streams?.();
    if (streams === undefined)
      throw new HostError("usage_invalid", "there is no standard input and output to speak on");
    const { input, output } = streams;
    // Whoever stops the program wants it to end, which is no failure: the host is stopped as at the end of input.
    const ownIo = { ...io, signal: new AbortController().signal };
    const { config } = settings;
    await withHost(
      ownIo,
      flags,
      async (host) => {
        const agents = await host.agents();
        const named = textOption(command, "agent");
        const { id } = await agents.find(named);
        const agent = new FreshAgent(() => agents.find(id));
        const server = new McpServer(await host.shelf());
        const unfollow = agents.onChange(() => {
          agent.forget();
          server.changes.mayHaveChanged();
        });
        try {
          const { signal } = io;
          await serveMcpOverStdio(server, { input, output, agent: () => agent.now(), signal });
        } finally {
          unfollow();
          server.close();
          // Calls that are open have been given up: their plugins get no time for them.
          if (io.signal.aborted) await host.stop({ atOnce: true });
        }
      },
      { config, consent: { waitMs: APPROVAL_COMMAND_MS, onWaiting: (approval) => tell(io, settings, approval) } },
    );
    return EXIT.done;
  },
};

type Waiting = { readonly id: string; readonly pluginId: string; readonly toolId: string };

function tell(io: CommandIo, settings: Settings, { id, pluginId, toolId }: Waiting): void {
  const how = `osaurus approvals allow ${id}" or "osaurus approvals deny ${id}`;
  notify(io, settings, "info", `"${toolId}" of "${pluginId}" waits for consent; in another terminal, "${how}" answers`);
}
