// osaurus serve: the host that runs on, and answers over HTTP.

import { JsonNumber } from "../base/ordered-json.ts";
import { resolvePaths } from "../base/paths.ts";
import type { Host, HostOptions } from "../host/create-host.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { APPROVAL_COMMAND_MS } from "../protocol/limits.ts";
import type { Address } from "../server/listen.ts";
import type { CommandIo } from "../terminal/io.ts";
import { jsonLine } from "../terminal/json-text.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { isHostName, listenAddress, listenOptions, warnOfOthers } from "./listen-options.ts";
import { notify } from "./notify.ts";
import type { Resident } from "./resident-server.ts";
import type { Settings } from "./settings.ts";
import { withHost } from "./with-host.ts";

const PORT = 1338;

export const serve: Command = {
  usage: "[--host H] [--port N] [--allow-host NAME]... [--public-url URL] [--log] [--dev]",
  about:
    "Runs on and serves the OpenAI-compatible API, MCP and all tools over HTTP. Prints its URL when it is ready. " +
    "SIGTERM or Ctrl-C ends it, once what is open is answered.",
  options: {
    ...listenOptions(PORT),
    "allow-host": {
      type: "string",
      value: "NAME",
      multiple: true,
      about: "a name under which this host may be asked, for instance that of a proxy in front of it",
    },
    "public-url": {
      type: "string",
      value: "URL",
      about: "under which a proxy makes it known, for instance https://osprey.example; plugins are told of it",
    },
    log: { type: "boolean", about: "write a line of JSON for each request to stderr" },
    dev: { type: "boolean", about: "for authors of plugins: the same as --log" },
  },
  positionals: { min: 0, max: 0 },
  runsOn: () => true,
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const address = listenAddress(input, PORT);
    const publicUrl = publicUrlOf(input);
    const reached = { address, publicUrl, names: namesOf(input, address, publicUrl) };
    // The first signal asks the server to finish, which the host has to outlive: it is not for the host to see.
    const outlives = { ...io, signal: new AbortController().signal };
    const lost = new AbortController();
    const ending = AbortSignal.any([io.signal, lost.signal]);
    const consent = consentOptions(io, settings);
    const options = { config: settings.config, follow: true, consent, onFolderLost: () => lost.abort() };
    await withHost(outlives, flags, (host) => serveWith(host, input, settings, reached, ending), options);
    if (lost.signal.aborted) throw new HostError("host_in_use", "another host took the data folder over");
    return EXIT.done;
  },
};

/** How others find this host. */
interface Reached {
  readonly address: Address;
  /** Without a slash at the end. */
  readonly publicUrl: string | undefined;
  readonly names: ReadonlySet<string>;
}

/** Serves until it is asked to end, and until what was open then is over. */
async function serveWith(
  host: Host,
  input: CommandInput,
  settings: Settings,
  { address, publicUrl, names }: Reached,
  ending: AbortSignal,
): Promise<void> {
  const { io } = input;
  const [{ createHttpServer }, { listen, stopServer }, { leaveToken }, { announce }, { takeCommands }] =
    await Promise.all([
      import("../server/http-server.ts"),
      import("../server/listen.ts"),
      import("../server/local-token.ts"),
      import("../server/serve-file.ts"),
      import("./resident-server.ts"),
    ]);
  const asked = askedToEnd(ending);
  const isLogged = input.options["log"] === true || input.options["dev"] === true;
  // A control database that cannot be used is told of now, and not with the first request.
  await (await host.agents()).ids();
  // It takes the data folder, which only one host at a time may serve.
  const native = await host.native();
  const paths = resolvePaths({ env: io.env, platform: process.platform });
  const server = await createHttpServer(host, {
    names,
    data: paths.data,
    publicUrl,
    relayUrl: io.env["OSAURUS_RELAY_URL"],
    note: (text) => notify(io, settings, "warning", text),
    log: isLogged ? (line) => io.stderr.write(line) : undefined,
    noteBug: (id, cause) => noteBug(io, id, cause),
  });
  let takeBack = () => {};
  let removeToken = () => {};
  let resident: Resident | undefined;
  try {
    const url = await listen(server, address);
    warnOfOthers(input, settings, address);
    // Loading may take long; whoever asks to end meanwhile need not wait for it.
    const plugins = await Promise.race([native.list(), asked]);
    if (plugins !== undefined) {
      for (const { pluginId, state, error } of plugins) {
        if (state !== "loaded") notify(io, settings, "warning", `plugin "${pluginId}" is ${state}: ${error?.message}`);
      }
      // Tasks that hosts before this one left go on.
      await host.tasks();
      const folders = { data: paths.data, runtime: io.env["XDG_RUNTIME_DIR"] };
      resident = await takeCommands(host, folders, input.runLine);
      // Whoever finds the host finds its key.
      removeToken = leaveToken(paths, (await host.accessKeys()).openLocal());
      takeBack = announce(paths, { url, socket: resident?.socket });
      server.readiness.isReady = true;
      server.tunnel.resume();
      const document = new Map<string, string | JsonNumber>([
        ["url", url],
        ["pid", new JsonNumber(String(process.pid))],
      ]);
      io.stdout.write(settings.json ? jsonLine(document) : `${url}\n`);
      await asked;
    }
  } finally {
    takeBack();
    removeToken();
    await Promise.all([resident?.stop(), stopServer(server)]);
  }
}

function askedToEnd(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (signal.aborted) resolve(undefined);
  signal.addEventListener("abort", () => resolve(undefined), { once: true });
  return promise;
}

/** The name in it may be asked for, too: a proxy hands on what it was asked. */
function publicUrlOf(input: CommandInput): string | undefined {
  const text = textOption(input, "public-url");
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (isWeb && url.href === `${url.origin}/` && isHostName(url.hostname)) return url.origin;
  throw new HostError("usage_invalid", `--public-url takes an https or http URL without a path, not "${text}"`, {
    hint: "for example https://osprey.example",
  });
}

function namesOf(input: CommandInput, { host }: Address, publicUrl: string | undefined): ReadonlySet<string> {
  const allowed = (input.options["allow-host"] ?? []) as readonly string[];
  for (const name of allowed) {
    if (isHostName(name)) continue;
    throw new HostError("usage_invalid", `--allow-host takes a name without scheme and port, not "${name}"`);
  }
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return new Set([host, ...allowed, ...own].map((name) => name.toLowerCase().replace(/^\[(.*)\]$/, "$1")));
}

/** Nobody may sit at this terminal: whoever is asked for consent answers in another one. */
function consentOptions(io: CommandIo, settings: Settings): NonNullable<HostOptions["consent"]> {
  return {
    waitMs: APPROVAL_COMMAND_MS,
    onWaiting({ id, pluginId, toolId }) {
      const how = `"osaurus approvals allow ${id}" or "osaurus approvals deny ${id}" answers`;
      notify(io, settings, "info", `"${toolId}" of "${pluginId}" waits for consent; ${how}`);
    },
  };
}

/** Bugs are told with what is known of them: on the terminal of whoever runs the host, never to who asked. */
function noteBug(io: CommandIo, id: string, cause: unknown): void {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  for (const line of `internal error ${id}: ${text}`.split("\n")) io.stderr.write(`${neutralise(line)}\n`);
}
