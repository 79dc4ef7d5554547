import { expect, test } from "vitest";
import { PLUGIN_ID_CHARS_MAX } from "../protocol/limits.ts";
import { hostTarget, hostText } from "./host-target.ts";

test.each([
  ["nas.local", "nas.local", null],
  ["NAS.Local.", "nas.local", null],
  ["nas.local:8080", "nas.local", 8080],
  ["nas:80", "nas", 80],
  ["nas:443", "nas", 443],
  ["localhost:1", "localhost", 1],
  ["localhost:65535", "localhost", 65535],
  ["127.1", "127.0.0.1", null],
  ["0x7f000001:80", "127.0.0.1", 80],
  ["[FD00::1]:80", "[fd00::1]", 80],
  ["[fd00:0:0::1]", "[fd00::1]", null],
  ["fd00::1", "[fd00::1]", null],
  ["::1", "[::1]", null],
  ["bücher.example", "xn--bcher-kva.example", null],
])("%s is the host %s with the port %s", (typed, host, port) => {
  expect(hostTarget("dev.example", typed)).toEqual({ pluginId: "dev.example", host, port });
});

test.each([
  "",
  ".",
  ":80",
  "http://nas.local",
  "nas.local/x",
  "nas.local?",
  "nas.local#",
  "me@nas.local",
  "nas\\local",
  "*.local",
  "nas local",
  "na\ts",
  "nas.local:",
  "nas.local:x",
  "nas.local:0",
  "nas.local:65536",
  "nas.local:123456",
  "nas.local:80:81",
  "[fd00::1",
  "[fe80::1%eth0]",
  "256.0.0.1",
  "192.168.0.0/16",
])("%j is no host", (typed) => {
  expect(() => hostTarget("dev.example", typed)).toThrow(/is no host|there is no port/);
});

test("a plugin is named by its id, and a library by the id that it claims", () => {
  expect(hostTarget("library:dev.example", "nas").pluginId).toBe("library:dev.example");
  expect(hostTarget("p".repeat(PLUGIN_ID_CHARS_MAX), "nas").pluginId).toHaveLength(PLUGIN_ID_CHARS_MAX);
  for (const id of ["", "a/b", "../x", "library:", ".x", "p".repeat(PLUGIN_ID_CHARS_MAX + 1)]) {
    expect(() => hostTarget(id, "nas")).toThrow("cannot be the id of a plugin");
  }
  expect(() => hostTarget(`library:${"p".repeat(PLUGIN_ID_CHARS_MAX + 1)}`, "nas")).toThrow("cannot be the id");
});

test("a host is shown as it is typed", () => {
  expect(["[fd00::1]:80", "nas.local"].map((typed) => hostText(hostTarget("p", typed)))).toEqual([
    "[fd00::1]:80",
    "nas.local",
  ]);
});
