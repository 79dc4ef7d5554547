// `osaurus registry serve`: offers a folder that is a registry over HTTP, until it is ended.

import { resolve } from "node:path";
import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import { REGISTRY_DRAIN_MS_MAX } from "../protocol/limits.ts";
import { jsonLine } from "../terminal/json-text.ts";
import type { Command } from "./command.ts";
import { isOwnMachine, listenAddress, listenOptions } from "./listen-options.ts";
import { notify } from "./notify.ts";
import { untilEnded } from "./until-ended.ts";

const PORT = 1340;

export const registryServe: Command = {
  usage: "DIR [--host H] [--port N]",
  about:
    "Offers the registry in DIR over HTTP: its entries, archives and signatures, nothing else in the folder. Prints its URL " +
    "when it is ready. SIGTERM or Ctrl-C ends it.",
  positionals: { min: 1, max: 1 },
  options: listenOptions(PORT),
  runsOn: () => true,
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const [{ registryServer }, { listenAt }] = await Promise.all([
      import("../workshop/serve-registry.ts"),
      import("../server/listen.ts"),
    ]);
    const address = listenAddress(input, PORT);
    const isPrivate = isOwnMachine(address);
    const registry = await registryServer(resolve(io.cwd, input.positionals[0]!), { isPrivate });
    try {
      const url = `${await listenAt(registry.server, address)}/`;
      if (!isPrivate) {
        const text = "other computers reach it, but add only registries with https: put a proxy with TLS in front";
        notify(io, settings, "warning", text);
      }
      const document = new Map<string, string | JsonNumber>([
        ["url", url],
        ["pid", new JsonNumber(String(process.pid))],
      ]);
      io.stdout.write(settings.json ? jsonLine(document) : `${url}\n`);
      await untilEnded(io.signal);
    } finally {
      await registry.close(REGISTRY_DRAIN_MS_MAX);
    }
    return EXIT.done;
  },
};
