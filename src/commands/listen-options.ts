// Where a command listens: the options that say so, and the warning where others can reach it.

import { HostError } from "../protocol/errors.ts";
import { isLoopback } from "../server/host-name.ts";
import type { Address } from "../server/listen.ts";
import { type CommandInput, type CommandOption, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";

const HOST = "127.0.0.1";

/** The options of a command that listens on this port when none is given. */
export function listenOptions(port: number): Readonly<Record<"host" | "port", CommandOption>> {
  return {
    host: { type: "string", value: "H", about: `the address to listen on (${HOST})` },
    port: { type: "string", short: "p", value: "N", about: `the port; 0 takes any that is free (${port})` },
  };
}

/** What they say. Fails with `usage_invalid`. */
export function listenAddress(input: Pick<CommandInput, "options">, defaultPort: number): Address {
  const host = textOption(input, "host") ?? HOST;
  const text = textOption(input, "port") ?? String(defaultPort);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new HostError("usage_invalid", `--port takes a number from 0 to 65535, not "${text}"`);
  if (!isHostName(host)) throw new HostError("usage_invalid", `--host takes an address or a name, not "${host}"`);
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port };
}

export function isHostName(text: string): boolean {
  return /^(?:[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*|\[[0-9a-f:.]+\])$/i.test(text);
}

/** Whether only programs on this machine reach what listens there. */
export function isOwnMachine({ host }: Address): boolean {
  return host.toLowerCase() === "localhost" || isLoopback(host);
}

/** Without TLS, and with keys going over the wire. */
export function warnOfOthers({ io }: Pick<CommandInput, "io">, settings: Settings, address: Address): void {
  if (isOwnMachine(address)) return;
  const text = `other computers can reach ${address.host}, and what they send is not encrypted; put a proxy with TLS in front`;
  notify(io, settings, "warning", text);
}
