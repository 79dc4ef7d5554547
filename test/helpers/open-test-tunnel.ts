// A real tunnel of a host with real agents, whose requests a small server of the test answers. Ended when the test ends.

import { createServer, type RequestListener, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import type { AgentsHost } from "../../src/host/agents-host.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { openTunnel, type TunnelOptions } from "../../src/server/tunnel/open-tunnel.ts";
import type { TunnelService } from "../../src/server/tunnel/tunnel-service.ts";
import { makeTempHome } from "./temp-home.ts";

export interface TestTunnel {
  readonly tunnel: TunnelService;
  readonly host: Host;
  readonly agents: AgentsHost;
  readonly server: Server;
  /** Where the host keeps its data. */
  readonly data: string;
  /** What the operator was told. */
  readonly notes: string[];
  /** The public addresses, each time that plugins were told of them. */
  readonly told: Record<string, string>[];
  /** Connections that the server was given; those that are open. */
  readonly connections: Set<Duplex>;
  /** Another one of the same host, as after a new start. */
  again(relayUrl: string | undefined): TunnelService;
}

export interface TestTunnelOptions extends Partial<Pick<TunnelOptions, "times">> {
  readonly serve?: RequestListener;
}

const SHORT = { backoffMsMin: 10, backoffMsMax: 40, agentsLookMs: 20 };

export async function openTestTunnel(
  relayUrl: string | undefined,
  { serve = (_request, response) => response.end(), times = {} }: TestTunnelOptions = {},
): Promise<TestTunnel> {
  const home = makeTempHome();
  const paths = resolvePaths({ env: home.env, platform: process.platform });
  const host = createHost({ paths, env: home.env, cwd: home.path, recordsInsights: false });
  const server = createServer(serve);
  const notes: string[] = [];
  const told: Record<string, string>[] = [];
  const connections = new Set<Duplex>();
  const native = { tunnelChanged: (urls: ReadonlyMap<string, string>) => void told.push(Object.fromEntries(urls)) };
  const open = (url: string | undefined) =>
    openTunnel({
      host: { agents: host.agents, native: (async () => native) as unknown as Host["native"] },
      data: paths.data,
      relayUrl: url,
      accept(connection) {
        connections.add(connection);
        connection.once("close", () => connections.delete(connection));
        server.emit("connection", connection);
      },
      note: (text) => notes.push(text),
      times: { ...SHORT, ...times },
    });
  const tunnel = open(relayUrl);
  const all = [tunnel];
  onTestFinished(async () => {
    for (const one of all) await one.stop();
    await host.stop();
    home.remove();
  });
  const again = (url: string | undefined) => {
    const other = open(url);
    all.push(other);
    return other;
  };
  return { tunnel, host, agents: await host.agents(), server, data: paths.data, notes, told, connections, again };
}

/** The address of the default agent. */
export async function firstAddress({ agents }: TestTunnel): Promise<string> {
  return (await agents.list())[0]!.address;
}
