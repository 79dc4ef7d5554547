// osaurus relay: a relay of one's own, for the tunnels of hosts. It needs no data folder, and no host on this machine.

import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { jsonLine } from "../terminal/json-text.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { isOwnMachine, listenAddress, listenOptions, warnOfOthers } from "./listen-options.ts";
import { notify } from "./notify.ts";
import { untilEnded } from "./until-ended.ts";

const PORT = 1339;

export const relay: Command = {
  usage: "[--host H] [--port N] [--public-url URL] [--allow ADDRESS]... [--trust-proxy]",
  about:
    "Runs on and relays the tunnels of other hosts: each agent gets a public address below this relay's own. Prints its URL " +
    "when it is ready. SIGTERM or Ctrl-C ends it, once what is open is answered.",
  options: {
    ...listenOptions(PORT),
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
  runsOn: () => true,
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const [{ openRelay }, { parseRelayUrl }] = await Promise.all([
      import("../server/relay/open-relay.ts"),
      import("../server/relay/relay-names.ts"),
    ]);
    const address = listenAddress(input, PORT);
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
      ...address,
      publicUrl,
      allow,
      trustsProxy: input.options["trust-proxy"] === true,
    });
    try {
      warnOfOthers(input, settings, address);
      if (allow === undefined && !(isOwnMachine(address) && publicUrl === undefined)) {
        // What a relay does for anybody, its owner answers for.
        const text = "anybody who reaches it may have a public address here; --allow names those who may";
        notify(io, settings, "warning", text);
      }
      const base = publicUrl?.origin ?? opened.url;
      const connectUrl = `${base.replace(/^http/, "ws")}/tunnel/connect`;
      notify(io, settings, "info", `hosts connect with OSAURUS_RELAY_URL=${connectUrl}`);
      const document = new Map<string, string | JsonNumber>([
        ["url", opened.url],
        ["connect_url", connectUrl],
        ["pid", new JsonNumber(String(process.pid))],
      ]);
      io.stdout.write(settings.json ? jsonLine(document) : `${opened.url}\n`);
      await untilEnded(io.signal);
    } finally {
      await opened.close();
    }
    return EXIT.done;
  },
};

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
