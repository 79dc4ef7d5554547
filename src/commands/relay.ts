// osaurus relay: a relay of one's own, for the tunnels of hosts. It needs no data folder, and no host on this machine.

import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { jsonLine } from "../terminal/json-text.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";

const HOST = "127.0.0.1";
const PORT = 1339;

export const relay: Command = {
  usage: "[--host H] [--port N] [--public-url URL] [--allow ADDRESS]...",
  about:
    "Runs on and relays the tunnels of other hosts: each agent gets a public address below this relay's own. Prints its URL " +
    "when it is ready. SIGTERM or Ctrl-C ends it, once what is open is answered.",
  options: {
    host: { type: "string", value: "H", about: `the address to listen on (${HOST})` },
    port: { type: "string", short: "p", value: "N", about: `the port; 0 takes any that is free (${PORT})` },
    "public-url": {
      type: "string",
      value: "URL",
      about: "how the relay is reached from outside; agents get names below its host (http://localhost:PORT)",
    },
    allow: {
      type: "string",
      value: "ADDRESS",
      multiple: true,
      about: "the address of an agent that may connect; without it, everybody's may",
    },
    "trust-proxy": {
      type: "boolean",
      about: "believe a proxy on this machine when it says who asked it (X-Forwarded-For)",
    },
  },
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const [{ openRelay }, { parseRelayUrl }] = await Promise.all([
      import("../server/relay/open-relay.ts"),
      import("../server/relay/relay-names.ts"),
    ]);
    const host = hostOf(input);
    const allow = allowedOf(input);
    const given = textOption(input, "public-url");
    const publicUrl = given === undefined ? undefined : parseRelayUrl(given);
    if (given !== undefined && publicUrl === undefined) {
      throw new HostError(
        "usage_invalid",
        `--public-url takes the http or https URL of a name, without a path, not "${given}"`,
      );
    }
    const opened = await openRelay({
      host,
      port: portOf(input),
      publicUrl,
      allow,
      trustsProxy: input.options["trust-proxy"] === true,
    });
    try {
      warnOfStrangers(input, settings, { host, isPublic: publicUrl !== undefined, allow });
      const base = publicUrl?.origin ?? opened.url;
      const connectUrl = `${base.replace(/^http/, "ws")}/tunnel/connect`;
      notify(io, settings, "info", `hosts connect with OSAURUS_RELAY_URL=${connectUrl}`);
      const document = new Map<string, string | JsonNumber>([
        ["url", opened.url],
        ["connect_url", connectUrl],
        ["pid", new JsonNumber(String(process.pid))],
      ]);
      io.stdout.write(settings.json ? jsonLine(document) : `${opened.url}\n`);
      await endOf(io.signal);
    } finally {
      await opened.close();
    }
    return EXIT.done;
  },
};

function endOf(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

function hostOf(input: CommandInput): string {
  const host = textOption(input, "host") ?? HOST;
  if (/^(?:[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*|\[[0-9a-f:.]+\])$/i.test(host)) return host.replace(/^\[(.*)\]$/, "$1");
  throw new HostError("usage_invalid", `--host takes an address or a name, not "${host}"`);
}

function portOf(input: CommandInput): number {
  const text = textOption(input, "port") ?? String(PORT);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new HostError("usage_invalid", `--port takes a number from 0 to 65535, not "${text}"`);
  return port;
}

function allowedOf(input: CommandInput): readonly string[] | undefined {
  const allow = input.options["allow"] as readonly string[] | undefined;
  for (const address of allow ?? []) {
    if (/^0x[0-9a-f]{40}$/i.test(address)) continue;
    throw new HostError("usage_invalid", `--allow takes the address of an agent, not "${address}"`, {
      hint: '"osaurus agents list" shows the addresses of a host\'s agents',
    });
  }
  return allow;
}

interface Openness {
  readonly host: string;
  /** It has a name that is not this machine's own. */
  readonly isPublic: boolean;
  readonly allow: readonly string[] | undefined;
}

/** What a relay does for anybody, its owner answers for. */
function warnOfStrangers({ io }: CommandInput, settings: Settings, { host, isPublic, allow }: Openness): void {
  const isLoopback = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host);
  if (!isLoopback) {
    const text = `other computers can reach ${host}, and what they send is not encrypted; put a proxy with TLS in front`;
    notify(io, settings, "warning", text);
  }
  if (allow !== undefined || (isLoopback && !isPublic)) return;
  notify(io, settings, "warning", "anybody who reaches it may have a public address here; --allow names those who may");
}
