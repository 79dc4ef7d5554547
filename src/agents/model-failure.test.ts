import { expect, test } from "vitest";
import { refused, retryAfterMs } from "./model-failure.ts";

const NOW_MS = Date.parse("Sat, 21 Nov 2026 12:00:00 GMT");

test.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ "retry-after": "2" }, 2000],
  [{ "retry-after": " 1.5 " }, 1500],
  [{ "retry-after": "Sat, 21 Nov 2026 12:00:07 GMT" }, 7000],
  [{ "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT" }, 0],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after": "-1" }, undefined],
  [{ "retry-after": "9".repeat(400) }, undefined],
  [{ "retry-after": "1e9" }, undefined],
  [{ "retry-after-ms": "30", "retry-after": "2" }, 30],
  [{ "retry-after-ms": "x", "retry-after": "2" }, 2000],
  [{ "retry-after-ms": "", "retry-after": "2" }, 2000],
])("%j asks for a wait of %s ms", (headers, ms) => {
  expect(retryAfterMs(new Headers(headers), NOW_MS)).toBe(ms);
});

test("a key in the name of a host that a server leads to is in no error, and a host without it is named", () => {
  const server = { provider: "p", baseUrl: "http://127.0.0.1:9", apiKey: "sk-SecretKey-ABCdef0123", apiKeyEnv: null };
  const led = (location: string) => refused({ status: 302, headers: new Headers({ location }), text: "" }, server);
  const shown = JSON.stringify(led(`http://${server.apiKey}.evil.example/x`).toBody());
  expect(shown.toLowerCase()).not.toContain(server.apiKey.toLowerCase());
  expect(led("https://elsewhere.example/x").hint).toContain("https://elsewhere.example");
});

test("a key in another case is in no error", () => {
  const server = { provider: "p", baseUrl: "http://127.0.0.1:9", apiKey: "sk-(Secret)+Key.0123", apiKeyEnv: null };
  const text = `bad ${server.apiKey.toUpperCase()} and ${server.apiKey.toLowerCase()}!`;
  expect(refused({ status: 400, headers: new Headers(), text }, server).message).toContain(
    "bad [redacted] and [redacted]!",
  );
});
