import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { CONTROL_ANSWER_BYTES_MAX } from "../protocol/limits.ts";
import { type JsonRequest, sendJson } from "./send-json.ts";

/** A request to a host that answers like this. */
async function requestTo(answer: RequestListener): Promise<JsonRequest> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  return { url, method: "POST", token: "the-key", body: { a: 1 } };
}

test("sends JSON and the key, and gives status and JSON as they are", async () => {
  const asked = await requestTo(async (request, response) => {
    const { authorization, "content-type": type } = request.headers;
    const body = (await request.setEncoding("utf8").toArray()).join("");
    response.writeHead(418).end(JSON.stringify({ authorization, type, body }));
  });
  const body = { authorization: "Bearer the-key", type: "application/json", body: '{"a":1}' };
  expect(await sendJson(asked)).toEqual({ status: 418, body });
});

test("gives no body for what is no JSON, and follows nobody who sends it elsewhere", async () => {
  const asked = await requestTo((_, response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end("-"));
  expect(await sendJson(asked)).toEqual({ status: 307, body: undefined });
});

test.each([
  [CONTROL_ANSWER_BYTES_MAX, "takes"],
  [CONTROL_ANSWER_BYTES_MAX + 1, "refuses"],
] as const)("of an answer of %d bytes: %s it", async (bytes, what) => {
  const asked = await requestTo((_, response) => response.end(`"${"x".repeat(bytes - 2)}"`));
  const answer = sendJson(asked);
  if (what === "takes") expect(await answer).toMatchObject({ status: 200 });
  else
    await expect(answer).rejects.toMatchObject({
      code: "host_not_running",
      message: expect.stringContaining("more than"),
    });
});

test("waits no longer than it should, for the beginning of an answer and for its end", async () => {
  const silent = await requestTo(() => {});
  const slow = await requestTo((_, response) => void response.write("{"));
  for (const asked of [silent, slow]) {
    await expect(sendJson({ ...asked, msMax: 50 })).rejects.toMatchObject({
      code: "host_not_running",
      message: expect.stringContaining("not in 0.05 s"),
    });
  }
});

test("ends when the user interrupts it, and says when nobody is there", async () => {
  const interrupt = new AbortController();
  const asked = await requestTo(() => interrupt.abort());
  await expect(sendJson({ ...asked, signal: interrupt.signal })).rejects.toMatchObject({ code: "interrupted" });
  await expect(sendJson({ ...asked, url: "http://127.0.0.1:1/" })).rejects.toMatchObject({
    code: "host_not_running",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("says that the host broke off", async () => {
  const asked = await requestTo((request) => void request.socket.destroy());
  await expect(sendJson(asked)).rejects.toMatchObject({ code: "host_not_running" });
});
