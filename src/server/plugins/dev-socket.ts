// WebSockets of dev servers, by which pages learn of edits. Whoever asks for one passes what every request passes; then the
// bytes go to and fro as they are, until one side ends.

import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { DEV_SOCKET_CLOSE_MS_MAX, DEV_SOCKETS_MAX } from "../../protocol/limits.ts";
import { checkRequest, type OwnNames } from "../check-browser.ts";
import { statusOf } from "../http-error.ts";
import type { KeyWatch, Permit } from "../key-watch.ts";
import { isForeign } from "./browser-rule.ts";
import type { DevProxy } from "./dev-proxy.ts";
import type { DevServer } from "./dev-proxy-file.ts";
import { askForUpgrade, DevServerProblem, type DevUpgrade } from "./dev-request.ts";
import { type HostAnswer, noRoute, refusal } from "./host-answer.ts";
import type { PluginGate } from "./plugin-gate.ts";
import { isPluginUrl } from "./plugin-path.ts";

/** Where the dev server has it. */
interface Admitted {
  readonly kind: "admitted";
  readonly server: DevServer;
  readonly path: string;
  /** What let it in, where not everybody is. */
  readonly permit?: Permit | undefined;
}

/** What the dev server and the browser agree on; nothing else of the answer gets out. */
const OF_AGREEMENT = ["sec-websocket-accept", "sec-websocket-protocol", "sec-websocket-extensions"];

export class DevSockets {
  readonly #gate: Pick<PluginGate, "admit">;
  readonly #proxy: DevProxy;
  readonly #names: OwnNames;
  readonly #watch: KeyWatch;
  #open = 0;

  constructor(gate: Pick<PluginGate, "admit">, proxy: DevProxy, names: OwnNames, watch: KeyWatch) {
    this.#gate = gate;
    this.#proxy = proxy;
    this.#names = names;
    this.#watch = watch;
  }

  /** Takes a connection over for whose request `wantsUpgrade` held. Whatever happens, it is closed in the end. */
  async take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    if (this.#open >= DEV_SOCKETS_MAX) return answerRaw(socket, refusal(503, "Too many connections to the dev server"));
    this.#open++;
    // It counts until both ends are gone.
    let ends = 1;
    const onEnd = () => {
      if (--ends === 0) this.#open--;
    };
    socket.once("close", onEnd);
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    try {
      const admitted = await this.#admit(request);
      if (admitted.kind === "answer") return answerRaw(socket, admitted);
      const { server, path, permit } = admitted;
      if (permit !== undefined) this.#watch.endWith(permit, socket);
      const upgrade = await this.#ask(request, server, path, gone.signal);
      if (gone.signal.aborted) return void upgrade.socket?.destroy();
      if (upgrade.socket === undefined) return passAnswer(socket, upgrade.message);
      ends++;
      upgrade.socket.once("close", onEnd);
      join(socket, head, upgrade, upgrade.socket, Math.min(DEV_SOCKET_CLOSE_MS_MAX, this.#proxy.msMax));
    } catch (error) {
      // What else went wrong is nobody's business out there.
      const problem = error instanceof DevServerProblem ? refusal(502, error.message) : refusal(500, "Internal error");
      answerRaw(socket, problem);
    }
  }

  /** The same gates as for all requests; and no page of anybody else's, and nobody from outside. */
  async #admit(request: IncomingMessage): Promise<Admitted | HostAnswer> {
    const problem = checkRequest(request, this.#names);
    if (problem !== undefined) return refusal(statusOf(problem), problem.message);
    if (isForeign(request)) return refusal(403, "Request from a foreign page");
    if (this.#proxy.isLoop(request)) return refusal(502, "Invalid proxy URL");
    const setting = this.#proxy.file.current();
    if (!isPluginUrl(request.url!)) {
      const access = await this.#proxy.rootAccess(request);
      if (setting?.server === undefined || access === undefined) return noRoute();
      return { kind: "admitted", server: setting.server, path: request.url!, permit: access.permit };
    }
    const admission = await this.#gate.admit(request);
    if (admission.kind === "answer") return admission;
    const { target, door, pluginId, permit } = admission;
    const isServed = target.kind === "web" && door.isLocal && setting?.pluginId === pluginId;
    if (!isServed || setting.server === undefined) return noRoute();
    const [path] = this.#proxy.pathsBelowMount(request.url!, target.rest, setting.server);
    return { kind: "admitted", server: setting.server, path: path!, permit };
  }

  async #ask(request: IncomingMessage, server: DevServer, path: string, signal: AbortSignal): Promise<DevUpgrade> {
    const headers = this.#proxy.headersFor(request, server);
    delete headers["content-length"];
    headers["connection"] = "Upgrade";
    headers["upgrade"] = "websocket";
    return await askForUpgrade(server, { method: "GET", path, headers, msMax: this.#proxy.msMax, signal });
  }
}

function join(
  client: Duplex,
  head: Buffer,
  { message, head: firstBytes }: DevUpgrade,
  server: Duplex,
  closeMs: number,
): void {
  const agreed = OF_AGREEMENT.flatMap((name) => {
    const value = message.headers[name];
    return typeof value === "string" ? [`${name}: ${value}`] : [];
  });
  server.on("error", () => server.destroy());
  client.write(
    `${["HTTP/1.1 101 Switching Protocols", "connection: Upgrade", "upgrade: websocket", ...agreed].join("\r\n")}\r\n\r\n`,
  );
  if (firstBytes.length > 0) client.write(firstBytes);
  if (head.length > 0) server.write(head);
  client.pipe(server);
  server.pipe(client);
  client.once("close", () => {
    // Whoever was cut off reads nothing any more, and what the other side says would be kept for nobody.
    if (!client.readableEnded) server.destroy();
  });
  const ends = [client, server] as const;
  let timer: NodeJS.Timeout | undefined;
  const endSoon = () => {
    timer ??= setTimeout(() => {
      for (const end of ends) end.destroy();
    }, closeMs);
  };
  for (const [one, other] of [ends, [server, client]] as const) {
    one.once("end", endSoon);
    one.once("close", () => {
      // What is on its way still gets there.
      other.end();
      endSoon();
      if (client.destroyed && server.destroyed) clearTimeout(timer);
    });
  }
}

/** What a dev server says that wants no WebSocket here. */
function passAnswer(socket: Duplex, answer: IncomingMessage): void {
  answer.destroy();
  answerRaw(socket, refusal(502, `The dev server answered ${answer.statusCode}`));
}

function answerRaw(socket: Duplex, { status, headers, body }: HostAnswer): void {
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // Nobody waits for the other side to say that it has read it.
  socket.once("finish", () => socket.destroy());
  socket.resume();
}
