import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { markTunnelled } from "../tunnelled.ts";
import { type Door, doorOf, hasProxy } from "./door.ts";
import { awayFromLocalhost, pluginName } from "./plugin-name.ts";

const pluginHost = (id: string) => `own-${id}.localhost`;

interface Asked {
  readonly host: string;
  readonly localAddress?: string;
  readonly remoteAddress?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tunnelled?: boolean;
}

function asked({ host, localAddress = "127.0.0.1", remoteAddress = "127.0.0.1", headers, tunnelled }: Asked) {
  const socket = { localAddress, remoteAddress };
  if (tunnelled) markTunnelled(socket as never, "AGENT");
  const request = { socket, headers: { host, ...headers }, url: "/plugins/a/b?c" } as unknown as IncomingMessage;
  return { request, door: doorOf(request) };
}

const isLocal = (what: Asked): boolean => asked(what).door.isLocal;

test.each(["127.0.0.1", "127.8.9.10:1", "[::1]:1338", "localhost", "a.localhost:1", "LOCALHOST"])(
  "whoever asks on this machine for %s is local",
  (host) => {
    expect(isLocal({ host })).toBe(true);
    expect(isLocal({ host, remoteAddress: "::ffff:127.0.0.1" })).toBe(true);
    expect(isLocal({ host, remoteAddress: "::1" })).toBe(true);
  },
);

test.each(["192.168.1.5", "::ffff:192.168.1.5", "fe80::1%eth0", "10.127.0.1", "", undefined])(
  "whoever asks from %s is not",
  (remoteAddress) => {
    expect(isLocal({ host: "127.0.0.1", remoteAddress: remoteAddress ?? "unknown" })).toBe(false);
  },
);

test.each([
  "osprey.example",
  "192.168.1.5",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "notlocalhost",
  "[::2]",
  "",
  "a b",
])("whoever asks for %j is not", (host) => {
  expect(isLocal({ host })).toBe(false);
});

test("whoever comes through the tunnel is not, whatever is said of the request", () => {
  const { door } = asked({ host: "127.0.0.1", tunnelled: true });
  expect(door).toEqual({ isLocal: false, tunnelAgentId: "AGENT", name: "127.0.0.1" });
});

const name = (what: Asked, pluginId = "a") => pluginName(asked(what).door, { pluginId }, { hostOf: pluginHost });

test("addresses of this machine and public addresses of the tunnel are all plugins' names", () => {
  const shared = { kind: "name", isOwn: false, isSandboxed: false };
  expect(name({ host: "127.0.0.1:1" })).toEqual(shared);
  expect(name({ host: "[::1]" })).toEqual(shared);
  expect(name({ host: "0xabc.relay.example", tunnelled: true })).toEqual(shared);
  expect(name({ host: "x.localhost", tunnelled: true })).toEqual(shared);
});

test("a plugin's own name is no other plugin's", () => {
  expect(name({ host: `${pluginHost("a")}:1` })).toEqual({ kind: "name", isOwn: true, isSandboxed: false });
  expect(name({ host: pluginHost("b") })).toMatchObject({ kind: "answer", status: 404 });
  expect(name({ host: "a.localhost" })).toMatchObject({ kind: "answer", status: 404 });
});

test.each(["osprey.example", "192.168.1.5:1338", "[fe80::1]"])(
  "%s may be the dashboard's, so pages get no origin",
  (host) => {
    expect(name({ host })).toEqual({ kind: "name", isOwn: false, isSandboxed: true });
  },
);

test.each([
  ["localhost:1338", "127.0.0.1", "http://127.0.0.1:1338/plugins/a/b?c"],
  ["localhost", "127.0.0.1", "http://127.0.0.1/plugins/a/b?c"],
  ["localhost:1338", "::1", "http://[::1]:1338/plugins/a/b?c"],
  ["localhost:1338", "::ffff:127.0.0.1", "http://127.0.0.1:1338/plugins/a/b?c"],
  ["localhost:1338", "127.0.0.5", "http://127.0.0.5:1338/plugins/a/b?c"],
  // A container's own address is of no use outside it.
  ["localhost:8080", "172.17.0.2", "http://127.0.0.1:8080/plugins/a/b?c"],
])("from %s, dialled as %s, it goes to %s", (host, localAddress, location) => {
  const { request, door } = asked({ host, localAddress });
  expect(awayFromLocalhost(door, request)).toMatchObject({ status: 307, headers: { location } });
});

test("from all other names it goes nowhere", () => {
  for (const what of [{ host: "127.0.0.1" }, { host: "a.localhost" }, { host: "localhost", tunnelled: true }]) {
    const { request, door } = asked(what) as { request: IncomingMessage; door: Door };
    expect(awayFromLocalhost(door, request)).toBeUndefined();
  }
});

test("a name that is not this machine's leads here through a proxy", () => {
  const own = new Set(["127.0.0.1", "::1", "localhost", "a.localhost", "0.0.0.0", "::"]);
  expect(hasProxy({ names: own })).toBe(false);
  expect(hasProxy({ names: own, publicUrl: "https://osprey.example" })).toBe(true);
  for (const name of ["osprey.example", "192.168.1.5"]) expect(hasProxy({ names: new Set([name]) })).toBe(true);
});
