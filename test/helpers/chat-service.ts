// A chat service on this machine, for the length of a test: it tells a bot what people write, takes the bot's messages over
// HTTP, and keeps a log of both. It refuses messages when it is told to.

import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface ChatService {
  /** What a bot gets as base URL; without a slash at the end. */
  readonly url: string;
  /** The bearer token that lets the bot in. */
  readonly token: string;
  /** With which the service says who it is. */
  readonly secret: string;
  /** What people got to read, in order. */
  readonly received: readonly Received[];
  /** Conversations in which "typing" was shown, in order. */
  readonly typing: readonly string[];
  /** All that happened, a line each. */
  readonly log: readonly string[];
  /** Requests of the bot from now on are answered like this, one after the other; then it takes messages again. */
  refuses(...refusals: readonly Refusal[]): void;
  /** Where it tells what people write. */
  connect(webhook: Webhook): void;
  /** Somebody writes; gives what the webhook answered. */
  writes(text: string, how?: Writing): Promise<WebhookAnswer>;
  /** The same with any body and secret. */
  tells(event: object | string, secret?: string | undefined): Promise<WebhookAnswer>;
  /** Resolves when people got so many messages; gives their texts. */
  until(count: number): Promise<string[]>;
}

interface Received {
  readonly conversation: string;
  readonly text: string;
}

interface Refusal {
  readonly status: number;
  readonly error?: string;
  /** Answers only then. */
  readonly after?: Promise<unknown>;
}

interface Writing {
  readonly conversation?: string;
  readonly from?: string;
  /** Without it, one that no other event has. */
  readonly eventId?: string;
}

export interface WebhookRequest {
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly body: string;
}

type Webhook = (request: WebhookRequest) => Promise<WebhookAnswer>;

const TOKEN = "bot-token-of-the-test";
const SECRET = "webhook-secret-of-the-test";

/** Starts it on a free port; it ends with the test. */
export async function startChatService(): Promise<ChatService> {
  const received: Received[] = [];
  const typing: string[] = [];
  const log: string[] = [];
  let refusals: readonly Refusal[] = [];
  let webhook: Webhook | undefined;
  let watchers: (() => void)[] = [];
  let events = 0;

  const answer = async (request: IncomingMessage): Promise<Refusal> => {
    if (request.method !== "POST") return { status: 405 };
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, error: "token" };
    const { conversation_id: conversation, text } = JSON.parse(await bodyOf(request));
    const [refusal, ...rest] = refusals;
    refusals = rest;
    await refusal?.after;
    if (refusal !== undefined && refusal.status >= 300) {
      log.push(`bot -> ${conversation}: refused with ${refusal.status}`);
      return refusal;
    }
    if (request.url === "/typing") typing.push(conversation);
    else if (request.url === "/messages") received.push({ conversation, text });
    else return { status: 404 };
    log.push(`bot -> ${conversation}: ${request.url === "/typing" ? "(typing)" : text}`);
    const told = watchers;
    watchers = [];
    for (const tell of told) tell();
    return { status: 200 };
  };

  const server = createServer(async (request, response) => {
    const { status, error } = await answer(request);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(error === undefined ? {} : { error }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });

  const tells = async (event: object | string, secret: string | undefined = SECRET) => {
    const body = typeof event === "string" ? event : JSON.stringify(event);
    const headers = { "content-type": "application/json", "x-chat-secret": secret };
    return await webhook!({ headers, body });
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: TOKEN,
    secret: SECRET,
    received,
    typing,
    log,
    refuses(...some) {
      refusals = some;
    },
    connect(given) {
      webhook = given;
    },
    async writes(text, { conversation = "c-4711", from = "Ada", eventId = `event-${++events}` } = {}) {
      log.push(`${from} -> bot (${conversation}): ${text}`);
      return await tells({ event_id: eventId, type: "message", conversation_id: conversation, from, text });
    },
    tells,
    async until(count) {
      while (received.length < count) await new Promise<void>((resolve) => watchers.push(resolve));
      return received.map(({ text }) => text);
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
