import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { localTokenPath } from "../base/local-token.ts";
import { makeFolder } from "../base/make-folder.ts";
import { LOCAL_TOKEN_BYTES_MAX } from "../protocol/limits.ts";
import { openControlApi } from "./control-api.ts";

const OFF = { connected: false, state: "off", relay_url: "", error: null, retry_in_ms: null, agents: [] };

interface FakeHost {
  readonly url: string;
  /** The line of each request, and its key. */
  readonly asked: string[];
}

/** Something that answers always the same. */
async function answering(status: number, body: string): Promise<FakeHost> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A data folder in which a host left that key. */
function dataWith(token: string): { readonly data: string } {
  const paths = { data: tempDir() };
  makeFolder(`${paths.data}/run`);
  writeFileSync(localTokenPath(paths), token);
  return paths;
}

test("asks with the key that the host left", async () => {
  const host = await answering(200, JSON.stringify(OFF));
  const api = openControlApi({ paths: dataWith("the-key\n"), url: host.url });
  expect(await api.tunnelStatus()).toEqual(OFF);
  expect([await api.connectTunnel(), await api.disconnectTunnel()]).toEqual([OFF, OFF]);
  await api.openPage("a/b", "x").catch(() => {});
  expect(host.asked).toEqual([
    "GET /api/v1/tunnel Bearer the-key",
    "POST /api/v1/tunnel/connect Bearer the-key",
    "POST /api/v1/tunnel/disconnect Bearer the-key",
    "POST /api/v1/plugins/a%2Fb/open Bearer the-key",
  ]);
});

test("tells the host's failures as they are", async () => {
  const error = { code: "web_ui_missing", message: "none", hint: "h", details: { a: 1 } };
  const host = await answering(404, JSON.stringify({ error }));
  await expect(openControlApi({ paths: dataWith("k"), url: host.url }).openPage("x", undefined)).rejects.toMatchObject(
    error,
  );
});

test.each([
  [200, "hello"],
  [200, '{"connected":"yes"}'],
  [200, "null"],
  [307, "{}"],
  [404, '{"error":{"code":"route_unknown","message":"no"}}'],
  [401, '{"error":{"code":"unauthorized","message":"no"}}'],
  [500, '{"error":{"code":"of_tomorrow","message":"no"}}'],
  [500, '{"error":{"code":"toString","message":"no"}}'],
])("what answers %d %s is no host of this version", async (status, body) => {
  const host = await answering(status, body);
  await expect(openControlApi({ paths: dataWith("k"), url: host.url }).tunnelStatus()).rejects.toMatchObject({
    code: "host_not_running",
    message: expect.stringContaining("no host of version"),
  });
});

test("asks nobody without a key, nor with what is no key", async () => {
  const host = await answering(200, JSON.stringify(OFF));
  const paths = dataWith("k".repeat(LOCAL_TOKEN_BYTES_MAX));
  await openControlApi({ paths, url: host.url }).tunnelStatus();
  expect(host.asked).toHaveLength(1);
  const open = () => openControlApi({ paths, url: host.url });
  writeFileSync(localTokenPath(paths), "k".repeat(LOCAL_TOKEN_BYTES_MAX + 1));
  expect(open).toThrow(/cannot be read/);
  rmSync(localTokenPath(paths));
  expect(open).toThrow(/no host of version/);
  mkdirSync(localTokenPath(paths));
  expect(open).toThrow(/it is no regular file/);
  expect(host.asked).toHaveLength(1);
});
