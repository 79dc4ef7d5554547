// One request to a dev server, over a connection of its own that ends with it. The answer is given as soon as it begins;
// both bodies pass as they come, and whoever is slow makes the other wait.

import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as send } from "node:http";
import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import type { DevServer } from "./dev-proxy-file.ts";

/** Why there is no answer: the text for whoever asked. */
export class DevServerProblem extends Error {}

interface DevRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Undefined: there is no body. */
  readonly body?: IncomingMessage | undefined;
  /** Until the answer begins, or the body goes on. */
  readonly msMax: number;
  /** When whoever asked is gone. */
  readonly signal: AbortSignal;
}

/** @throws DevServerProblem */
export async function askDevServer(server: DevServer, asked: DevRequest): Promise<IncomingMessage> {
  const answer = await begun(server, asked, false);
  return answer.message;
}

export interface DevUpgrade {
  readonly message: IncomingMessage;
  /** Undefined: the server answered, and upgraded nothing. */
  readonly socket: Duplex | undefined;
  readonly head: Buffer;
}

/** The headers have to ask for an upgrade. @throws DevServerProblem */
export async function askForUpgrade(server: DevServer, asked: DevRequest): Promise<DevUpgrade> {
  return await begun(server, asked, true);
}

async function begun(server: DevServer, asked: DevRequest, mayUpgrade: boolean): Promise<DevUpgrade> {
  const { method, path, headers, body, msMax, signal } = asked;
  const { hostname: host, port } = server;
  let request: ClientRequest;
  try {
    request = send({ host, port, method, path, headers, agent: false, signal, lookup: ofThisMachine, setHost: false });
  } catch {
    // A header or a path that cannot be sent.
    throw new DevServerProblem("Invalid response from dev server");
  }
  return await new Promise<DevUpgrade>((resolve, reject) => {
    let hasBegun = false;
    const timer = setTimeout(() => {
      reject(new DevServerProblem(`Dev server unreachable: no answer in ${msMax / 1_000} s`));
      request.destroy();
    }, msMax);
    const goOn = () => void timer.refresh();
    const begin = (upgrade: DevUpgrade) => {
      hasBegun = true;
      clearTimeout(timer);
      body?.off("data", goOn);
      resolve(upgrade);
    };
    request.on("response", (message) => begin({ message, socket: undefined, head: Buffer.alloc(0) }));
    request.on("upgrade", (message, socket, head) => {
      if (mayUpgrade) return begin({ message, socket, head });
      socket.destroy();
      reject(new DevServerProblem("Invalid response from dev server"));
    });
    // Once it has begun, the answer's own stream says how it ended.
    request.on("error", (error) => reject(problemOf(error)));
    request.on("close", () => {
      clearTimeout(timer);
      if (body !== undefined) body.off("data", goOn).unpipe(request);
      if (!hasBegun) reject(new DevServerProblem("Dev server unreachable: it closed the connection"));
    });
    if (body === undefined) request.end();
    else body.on("data", goOn).pipe(request);
  });
}

/** No name server is asked what this machine is. */
const ofThisMachine: LookupFunction = (_name, options, answer) => {
  const addresses = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  if (options.all === true) answer(null, addresses);
  else answer(null, "127.0.0.1", 4);
};

function problemOf(error: NodeJS.ErrnoException): DevServerProblem {
  const { code = "" } = error;
  if (code.startsWith("HPE_")) return new DevServerProblem("Invalid response from dev server");
  return new DevServerProblem(`Dev server unreachable: ${SAID[code] ?? "the connection failed"}`);
}

const SAID: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "it closed the connection",
  EPIPE: "it closed the connection",
};
