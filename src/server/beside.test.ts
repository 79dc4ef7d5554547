import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { cameBeside, listenBeside } from "./beside.ts";

/** Not every machine has that address. */
const hasSixth = await new Promise<boolean>((resolve) => {
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen(0, "::1", () => server.close(() => resolve(true)));
});

async function listening(server: Server, host: string, port = 0): Promise<number> {
  server.listen(port, host);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function besides() {
  const server = createHttpServer((request, response) => response.end(String(cameBeside(request.socket))));
  onTestFinished(() => server.closeAllConnections());
  const ending = new AbortController();
  const notes: string[] = [];
  listenBeside(server, ending.signal, (text) => notes.push(text));
  return { server, ending, notes };
}

const ask = async (url: string) => await (await fetch(url, { headers: { connection: "close" } })).text();

test.skipIf(!hasSixth).each([
  ["127.0.0.1", "127.0.0.1", "[::1]"],
  ["::1", "[::1]", "127.0.0.1"],
])("of a host on %s, the same port of the other address is the host's too, until it ends", async (host, own, other) => {
  const { server, ending, notes } = besides();
  const port = await listening(server, host);
  await eventually(async () => expect(await ask(`http://${other}:${port}/`)).toBe("true"));
  expect([await ask(`http://${own}:${port}/`), notes]).toEqual(["false", []]);
  ending.abort();
  await expect(ask(`http://${other}:${port}/`)).rejects.toThrow("fetch failed");
});

test.skipIf(!hasSixth)("somebody who has taken it is told of, and the host serves all the same", async () => {
  const port = await listening(createServer(), "::1");
  const { server, notes } = besides();
  await listening(server, "127.0.0.1", port);
  await eventually(() => expect(notes).toEqual([expect.stringContaining(`[::1]:${port}`)]));
  expect(await ask(`http://127.0.0.1:${port}/`)).toBe("false");
});

test.skipIf(!hasSixth)("a host that listens elsewhere is left alone", async () => {
  const { server, notes } = besides();
  const port = await listening(server, "127.0.0.2");
  await expect(ask(`http://[::1]:${port}/`)).rejects.toThrow("fetch failed");
  expect(notes).toEqual([]);
});
