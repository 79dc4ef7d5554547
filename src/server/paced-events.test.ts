import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import fastify, { type FastifyReply } from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { PacedEvents } from "./paced-events.ts";

/** Answers each request with a stream of its own, and gives the address. */
async function serve(answer: (reply: FastifyReply) => Promise<unknown>): Promise<{ port: number; url: string }> {
  const app = fastify();
  app.get("/", async (_, reply) => {
    await answer(reply);
    return reply;
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  const { port } = app.server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/` };
}

test("events have a name where they are given one, and their data on one line", async () => {
  const { url } = await serve(async (reply) => {
    const events = new PacedEvents(reply);
    await events.send({ text: "a\nb\u2028c" }, "first");
    await events.send(2);
    await events.end("[DONE]");
  });
  const response = await fetch(url);
  expect(await response.text()).toBe(`event: first\ndata: {"text":"a\\nb\u2028c"}\n\ndata: 2\n\ndata: [DONE]\n\n`);
  expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
});

test("events have a number where they are given one, and a stream may begin before its first", async () => {
  const begun = Promise.withResolvers<void>();
  const { url } = await serve(async (reply) => {
    const events = new PacedEvents(reply);
    events.begin();
    await begun.promise;
    await events.send(1, "first", 7);
    await events.end();
  });
  const response = await fetch(url);
  begun.resolve();
  expect(await response.text()).toBe("id: 7\nevent: first\ndata: 1\n\n");
});

test("an answer that has not begun may still be another one", async () => {
  const { url } = await serve(async (reply) => {
    const events = new PacedEvents(reply);
    expect(events.hasBegun).toBe(false);
    events.stop();
    await reply.code(418).send({});
  });
  expect((await fetch(url)).status).toBe(418);
});

test("a stream on which nothing happens says that it is still there, as nothing that a reader would take", async () => {
  const quiet = Promise.withResolvers<void>();
  const { url } = await serve(async (reply) => {
    const events = new PacedEvents(reply, { quietMs: 5 });
    await quiet.promise;
    await events.send(1);
    await events.end();
  });
  const response = await fetch(url);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  expect(first.value).toMatch(/^(?:: still at work\n\n)+$/);
  quiet.resolve();
  let rest = "";
  for (let more = await reader.read(); !more.done; more = await reader.read()) rest += more.value;
  expect(rest).toMatch(/^(?:: still at work\n\n)*data: 1\n\n$/);
});

test("a client that reads nothing is cut off, and whoever writes does not wait for ever", async () => {
  const over = Promise.withResolvers<number>();
  const { port } = await serve(async (reply) => {
    const events = new PacedEvents(reply, { unreadMs: 20 });
    let sent = 0;
    while (!reply.raw.destroyed) {
      await events.send("x".repeat(1024 * 1024));
      sent++;
    }
    await events.send("nobody gets this");
    await events.end("[DONE]");
    over.resolve(sent);
  });
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  socket.pause();
  expect(await over.promise).toBeGreaterThan(0);
  socket.resume();
  await once(socket, "close");
});

test("a client that reads slowly gets everything", async () => {
  const { port } = await serve(async (reply) => {
    const events = new PacedEvents(reply);
    for (let at = 0; at < 64; at++) await events.send("x".repeat(256 * 1024));
    await events.end("[DONE]");
  });
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  let bytes = 0;
  for await (const chunk of socket) {
    bytes += (chunk as Buffer).length;
    await new Promise((done) => setImmediate(done));
  }
  expect(bytes).toBeGreaterThan(64 * 256 * 1024);
});
