import { expect, test } from "vitest";
import { parseRelayUrl, RelayNames } from "./relay-names.ts";

const ADDRESS = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23";

test("an agent's URL has its address as the first label, and keeps scheme and port", () => {
  expect(new RelayNames(() => new URL("http://localhost:8123")).urlOf(ADDRESS)).toBe(
    `http://${ADDRESS}.localhost:8123`,
  );
  const names = new RelayNames(() => new URL("https://agents.example.org/"));
  expect(names.urlOf(ADDRESS.toUpperCase().replace("0X", "0x"))).toBe(`https://${ADDRESS}.agents.example.org`);
});

test.each([
  `${ADDRESS}.agents.example.org`,
  `${ADDRESS}.Agents.Example.ORG:443`,
  `${ADDRESS}.agents.example.org.:8080`,
])("the host %s is an agent's", (host) => {
  const names = new RelayNames(() => new URL("https://agents.example.org"));
  expect(names.agentIn(host)).toBe(ADDRESS);
  expect(names.agentIn(host.replace(/[a-f]/g, (digit) => digit.toUpperCase()))).toBe(ADDRESS);
});

test.each([
  undefined,
  "",
  "agents.example.org",
  ADDRESS,
  `${ADDRESS}.example.org`,
  `${ADDRESS}.other.org`,
  `${ADDRESS}.agents.example.org.evil.org`,
  `${ADDRESS}.x.agents.example.org`,
  `x.${ADDRESS}.agents.example.org`,
  `${ADDRESS}0.agents.example.org`,
  `${ADDRESS.slice(0, -1)}.agents.example.org`,
  `${ADDRESS.slice(0, -1)}g.agents.example.org`,
  `${ADDRESS}.agents.example.org:x`,
  `${ADDRESS}.agents.example.org/`,
  `user@${ADDRESS}.agents.example.org`,
  `${ADDRESS}.agents.example.org\n`,
])("the host %j is no agent's", (host) => {
  expect(new RelayNames(() => new URL("https://agents.example.org")).agentIn(host)).toBeUndefined();
});

test.each(["https://agents.example.org", "http://localhost:8080/", "https://relay:8443"])(
  "%s may be a relay's URL",
  (text) => {
    expect(parseRelayUrl(text)?.href).toBe(new URL(text).href);
  },
);

test.each([
  "agents.example.org",
  "ws://agents.example.org",
  "https://agents.example.org/tunnel",
  "https://agents.example.org/?x",
  "https://agents.example.org/#x",
  "https://me:secret@agents.example.org",
  "https://192.0.2.1",
  "https://[2001:db8::1]:443",
  "https://agents.example.org.",
  "",
])("%j may be no relay's URL", (text) => {
  expect(parseRelayUrl(text)).toBeUndefined();
});
