import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MCP_STREAM_AFTER_MS, MCP_STREAM_KEEP_ALIVE_MS } from "../../protocol/limits.ts";
import { HttpAnswer } from "./http-answer.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The answer of a server that takes so long. */
async function answerAfter(ms: number, accept: string) {
  const app = fastify();
  app.post("/", async (request, reply) => {
    const answer = new HttpAnswer(request, reply);
    vi.advanceTimersByTime(ms);
    return answer.end('{"a":1}');
  });
  const response = await app.inject({ method: "POST", url: "/", headers: { accept } });
  expect(vi.getTimerCount()).toBe(0);
  return response;
}

const BOTH = "application/json, text/event-stream";

test("an answer that comes in time is one text, one that takes longer a stream", async () => {
  const soon = await answerAfter(MCP_STREAM_AFTER_MS - 1, BOTH);
  expect([soon.headers["content-type"], soon.body]).toEqual(["application/json; charset=utf-8", '{"a":1}']);
  const late = await answerAfter(MCP_STREAM_AFTER_MS, BOTH);
  expect(late.headers["content-type"]).toBe("text/event-stream");
  expect(late.body).toBe('event: message\ndata: {"a":1}\n\n');
});

test("a client that takes no events waits for its text", async () => {
  const late = await answerAfter(10 * MCP_STREAM_AFTER_MS, "application/json");
  expect(late.body).toBe('{"a":1}');
});

test("a stream on which nothing is said is kept alive", async () => {
  const quiet = await answerAfter(MCP_STREAM_AFTER_MS + 2 * MCP_STREAM_KEEP_ALIVE_MS, BOTH);
  expect(quiet.body).toBe(': \n\n: \n\nevent: message\ndata: {"a":1}\n\n');
});

test("a client that has gone before anybody listens has given its request up", () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const reply = { raw: { destroyed: true, writableEnded: false } } as FastifyReply;
  const answer = new HttpAnswer({ headers: { accept: BOTH } } as FastifyRequest, reply);
  answer.onGone(resolve);
  expect(vi.getTimerCount()).toBe(0);
  return promise;
});
