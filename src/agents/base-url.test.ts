import { expect, test } from "vitest";
import { BASE_URL_CHARS_MAX } from "../protocol/limits.ts";
import { baseUrlCandidates, isLoopback, isNear, likelyBaseUrl, readBaseUrl } from "./base-url.ts";

test.each([
  ["http://127.0.0.1:11434", ["http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"], "http://127.0.0.1:11434/v1"],
  ["http://x/v1/", ["http://x/v1"], "http://x/v1"],
  ["https://x/v1/chat/completions", ["https://x/v1"], "https://x/v1"],
  ["https://x/v1beta", ["https://x/v1beta"], "https://x/v1beta"],
  ["https://x/api", ["https://x/api/v1", "https://x/api"], "https://x/api"],
  ["https://X../", ["https://x/v1", "https://x"], "https://x/v1"],
])("%s may be %j", (text, candidates, likely) => {
  expect(baseUrlCandidates(readBaseUrl(text))).toEqual(candidates);
  expect(likelyBaseUrl(readBaseUrl(text))).toBe(likely);
});

test.each(["", "x", "ftp://x", "http://", "http://u:p4ssw0rd@x", "http://x/?key=1", "http://x/#a", "file:///etc"])(
  "%j is no base URL",
  (text) => {
    expect(() => readBaseUrl(text)).toThrow(expect.objectContaining({ code: "model_provider_invalid" }));
    expect(() => readBaseUrl(text)).not.toThrow("p4ssw0rd");
  },
);

test("a base URL of the largest size is taken, and one character more is not", () => {
  const url = (size: number) => `http://x/${"a".repeat(size - 9)}`;
  expect(readBaseUrl(url(BASE_URL_CHARS_MAX)).pathname).toHaveLength(BASE_URL_CHARS_MAX - 8);
  expect(() => readBaseUrl(url(BASE_URL_CHARS_MAX + 1))).toThrow("characters long");
});

const LOOPBACK = ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "0x7f.1", "2130706433"];
const NEAR = [
  "10.0.0.1",
  "192.168.1.1",
  "172.16.0.1",
  "172.31.9.9",
  "100.64.0.1",
  "[fd00::1]",
  "box",
  "box.local",
  "a.lan",
];
const FAR = [
  "example.com",
  "127.evil.com",
  "10.evil.com",
  "192.168.1.1.evil.com",
  "8.8.8.8",
  "172.32.0.1",
  "172.15.0.1",
  "100.128.0.1",
  "[2001:db8::1]",
  "localhost.evil.com",
  "evillocal.com",
  "fd00.evil.com",
];

test("what is on this machine, near, and far away is told apart by addresses and whole names", () => {
  const url = (host: string) => new URL(`http://${host}/`);
  expect(LOOPBACK.filter((host) => !isLoopback(url(host)))).toEqual([]);
  expect([...NEAR, ...FAR].filter((host) => isLoopback(url(host)))).toEqual([]);
  expect([...LOOPBACK, ...NEAR].filter((host) => !isNear(url(host)))).toEqual([]);
  expect(FAR.filter((host) => isNear(url(host)))).toEqual([]);
});
