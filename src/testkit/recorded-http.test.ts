// What is recorded of exchanges, and which request a recorded one is for. Through a whole host: test/contract/testkit.test.ts.

import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Exchange, OpenExchange, Outgoing } from "../host-api/http-exchange.ts";
import type { RecordedExchange } from "./api.ts";
import { recording, replayed } from "./recorded-http.ts";

const SECRET = "s3cr3t-key";
const redact = (text: string) => text.replaceAll(SECRET, "[redacted]");
const deps = { addresses: [], signal: new AbortController().signal, trusted: undefined };

function request(url: string, { method = "GET", body = undefined as string | undefined, headers = {} } = {}): Outgoing {
  const entries = Object.entries<string>(headers).map(
    ([name, value]) => [name.toLowerCase(), { name, value }] as const,
  );
  return {
    method,
    url: new URL(url),
    headers: new Map(entries),
    body: body === undefined ? undefined : Buffer.from(body),
  };
}

async function textOf({ response }: Exchange): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

const exchange = (wanted: Partial<RecordedExchange["request"]>, body: string): RecordedExchange => ({
  request: { method: "GET", url: "https://a.example/", ...wanted },
  response: { status: 200, body },
});

test("a request is answered by what fits it: method, address, and headers and body where they are named", async () => {
  const { exchange: ask, missing } = replayed(
    [
      exchange({ method: "post", body: "one" }, "for one"),
      exchange({ method: "POST" }, "for any body"),
      exchange({ headers: { "X-Kind": "b" } }, "for kind b"),
      exchange({ url: "https://a.example/?q=1" }, "for the query"),
    ],
    redact,
  );
  const answer = async (outgoing: Outgoing) => await textOf(await ask!(outgoing, deps));
  const url = "https://a.example/";
  expect(await answer(request(url, { method: "POST", body: "one" }))).toBe("for one");
  expect(await answer(request(url, { method: "POST", body: "two" }))).toBe("for any body");
  expect(await answer(request(url, { headers: { "x-kind": "b" } }))).toBe("for kind b");
  expect(await answer(request(`${url}?q=1`))).toBe("for the query");
  await expect(answer(request(url, { headers: { "x-kind": "c" } }))).rejects.toThrow("no answer is recorded for GET");
  expect(missing).toEqual(["no answer is recorded for GET https://a.example/"]);
});

/** A server that packs what it says. */
const server: OpenExchange = async () => {
  const headers = {
    "content-encoding": "gzip",
    "set-cookie": "a=1",
    "content-type": "text/plain",
    "transfer-encoding": "chunked",
    "x-token": SECRET,
  };
  const response = Object.assign(Readable.from([gzipSync(`your key is ${SECRET}`)]), {
    statusCode: 200,
    headers: {},
    rawHeaders: Object.entries(headers).flat(),
  });
  return { response, failure: () => undefined, close() {} };
};

test("what is recorded is unpacked and holds no secret, and the plugin gets all of it", async () => {
  const { exchange: ask, recorded } = recording(redact, server);
  const headers = { Authorization: `Bearer ${SECRET}`, "Content-Type": "text/plain" };
  const outgoing = request(`https://a.example/?key=${SECRET}`, { method: "POST", body: `key=${SECRET}`, headers });
  expect(await textOf(await ask!(outgoing, deps))).toBe(`your key is ${SECRET}`);
  expect(recorded).toEqual([
    {
      request: {
        method: "POST",
        url: "https://a.example/?key=[redacted]",
        headers: { "Content-Type": "text/plain" },
        body: "key=[redacted]",
      },
      response: {
        status: 200,
        headers: { "content-type": "text/plain", "x-token": "[redacted]" },
        body: "your key is [redacted]",
      },
    },
  ]);
  const again = replayed(recorded, redact);
  expect(await textOf(await again.exchange!(outgoing, deps))).toBe("your key is [redacted]");
});
