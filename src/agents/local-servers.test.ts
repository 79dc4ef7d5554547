import { expect, test } from "vitest";
import { responds, silence, startModelServer } from "../../test/helpers/model-server.ts";
import { findLocalServers, usualBaseUrl } from "./local-servers.ts";

const NEVER = new AbortController().signal;
const portOf = (url: string) => Number(new URL(url).port);

const serversAt = (...urls: readonly string[]) => urls.map((url, at) => ({ name: `s${at}`, port: portOf(url) }));

test("servers that give a list of models are found, others are not, and a configured one is not asked", async () => {
  const [there, known, other, down] = await Promise.all([
    startModelServer({ models: ["a", "b"] }),
    startModelServer(),
    startModelServer({ paths: { "/v1/models": responds(200, "<html>", { "content-type": "text/html" }) } }),
    startModelServer(),
  ]);
  await down.stop();
  const servers = serversAt(there.url, known.url, other.url, down.url);
  const found = await findLocalServers((url) => url === known.url, NEVER, servers, 20_000);
  expect(found).toEqual([{ name: "s0", baseUrl: there.url, models: ["a", "b"] }]);
  expect([known.requests.length, other.requests.length]).toEqual([0, 1]);
  expect(there.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test("a server that says nothing is not waited for", async () => {
  const silent = await startModelServer({ paths: { "/v1/models": silence() } });
  expect(await findLocalServers(() => false, NEVER, serversAt(silent.url))).toEqual([]);
  await silent.requests[0]?.over;
});

test("servers that people know have an address on this machine, whatever the case of their name", () => {
  expect(usualBaseUrl("Ollama")).toBe("http://127.0.0.1:11434/v1");
  expect(usualBaseUrl("lmstudio")).toBe(usualBaseUrl("lm-studio"));
  expect(usualBaseUrl("example")).toBeUndefined();
  expect(usualBaseUrl("constructor")).toBeUndefined();
});
