// Servers that break the rules of HTTP itself: every byte here is written by the test.

import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startRawServer } from "../../test/helpers/raw-server.ts";
import { type ExchangeLimits, type ModelResponse, openModelExchange } from "./model-exchange.ts";

const LIMITS: ExchangeLimits = { firstMsMax: 20_000, silentMsMax: 20_000, bytesMax: 10_000 };
const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

async function exchange(answer: string, limits: Partial<ExchangeLimits> = {}, signal = new AbortController().signal) {
  const raw = await startRawServer((socket) => void socket.once("data", () => socket.write(answer)));
  const url = new URL(`http://127.0.0.1:${raw.port}/`);
  const server = { provider: "test", baseUrl: url.href, apiKey: undefined, apiKeyEnv: null };
  const outgoing = { method: "GET", url, accept: "text/plain", body: undefined };
  return { raw, opening: openModelExchange(outgoing, server, { ...LIMITS, ...limits }, signal) };
}

async function textOf(response: ModelResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What nobody caught while the test ran; there must be nothing. */
function uncaught(): unknown[] {
  const seen: unknown[] = [];
  const note = (error: unknown) => void seen.push(error);
  process.on("uncaughtExceptionMonitor", note);
  onTestFinished(() => void process.off("uncaughtExceptionMonitor", note));
  return seen;
}

test.each([
  ["more bytes than it says", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789 and much more"],
  ["a broken chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhell\r\nZZ\r\nxx"],
])("a server that sends %s in the packet of the head harms nobody", async (_title, answer) => {
  const seen = uncaught();
  const { opening } = await exchange(answer);
  const response = await opening;
  // Either what was said to come, or an error with a name.
  const text = await textOf(response).catch((error: { code: string }) => error.code);
  expect(["0123456789", "inference_cut"]).toContain(text);
  await response.close();
  await delay(0);
  expect(seen).toEqual([]);
});

test("a server that changes to another protocol is refused, and its connection closed", async () => {
  const { raw, opening } = await exchange(`${SWITCHING}xxxx`);
  await expect(opening).rejects.toMatchObject({ code: "inference_invalid" });
  await raw.allClosed();
});

test("heads without end are bounded by the time to the first byte", async () => {
  const { raw, opening } = await exchange("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", { firstMsMax: 50 });
  await expect(opening).rejects.toMatchObject({ code: "inference_timeout" });
  await raw.allClosed();
});

test.each([
  ["before the head", ""],
  ["in the body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123"],
])("an abort %s ends the wait and the connection", async (_title, answer) => {
  const stop = new AbortController();
  const { raw, opening } = await exchange(answer, {}, stop.signal);
  const reading = opening.then(async (response) => {
    const chunks = response.body[Symbol.asyncIterator]();
    await chunks.next();
    const waiting = chunks.next();
    stop.abort();
    return await waiting;
  });
  if (answer === "") {
    while (raw.connections.length === 0) await delay(1);
    stop.abort();
  }
  await expect(reading).rejects.toMatchObject({ code: "interrupted" });
  await raw.allClosed();
});
