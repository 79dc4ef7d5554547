import { expect, test } from "vitest";
import { ownUrl } from "./own-url.ts";

test.each([
  ["127.0.0.1", "http://127.0.0.1:7"],
  ["10.1.2.3", "http://10.1.2.3:7"],
  ["localhost", "http://localhost:7"],
  ["::1", "http://[::1]:7"],
  ["fd00::1", "http://[fd00::1]:7"],
])("a server that listens on %s is found there", (address, url) => {
  expect(ownUrl({ address, port: 7 })).toBe(url);
});

test.each([
  ["0.0.0.0", "http://127.0.0.1:7"],
  ["::", "http://[::1]:7"],
])("one that listens on all addresses, %s, is found on this machine's own", (address, url) => {
  expect(ownUrl({ address, port: 7 })).toBe(url);
});
