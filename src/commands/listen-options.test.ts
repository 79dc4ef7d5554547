import { expect, test } from "vitest";
import { isOwnMachine, listenAddress } from "./listen-options.ts";

const address = (options: { host?: string; port?: string }) => listenAddress({ options }, 1338);

test("without options it is this machine alone, on the command's own port", () => {
  expect(address({})).toEqual({ host: "127.0.0.1", port: 1_338 });
});

test("an address may be of either version, and a name; brackets are not a part of it", () => {
  for (const host of ["0.0.0.0", "::", "::1", "localhost", "a-b.example.org"])
    expect(address({ host }).host).toBe(host);
  expect(address({ host: "[::1]", port: "0" })).toEqual({ host: "::1", port: 0 });
  for (const host of ["", "a b", "http://a", "[::1", "x:y", "a/b"]) {
    expect(() => address({ host }), host).toThrow("--host takes");
  }
});

test("a port may be the last one there is, and none beyond it", () => {
  expect(address({ port: "65535" }).port).toBe(65_535);
  for (const port of ["65536", "-1", "1.5", "0x10", "1e3", "", " 1", "000001"]) {
    expect(() => address({ port }), port).toThrow("--port takes");
  }
});

test("only this machine reaches its own addresses, and everybody may reach all others", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"]) {
    expect(isOwnMachine({ host, port: 1 }), host).toBe(true);
  }
  for (const host of ["0.0.0.0", "::", "192.168.1.2", "127.example.org", "localhost.example.org"]) {
    expect(isOwnMachine({ host, port: 1 }), host).toBe(false);
  }
});
