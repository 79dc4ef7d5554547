import { expect, test } from "vitest";
import { isReadable, relayUrlOf } from "./relay-url.ts";

test.each([
  [undefined, "wss://agent.osaurus.ai/tunnel/connect"],
  ["", "wss://agent.osaurus.ai/tunnel/connect"],
  ["ws://127.0.0.1:9/tunnel/connect", "ws://127.0.0.1:9/tunnel/connect"],
  ["WSS://Relay.Example/below/tunnel/connect", "wss://relay.example/below/tunnel/connect"],
])("of %s it is the relay %s", (configured, url) => {
  expect(relayUrlOf(configured)).toBe(url);
});

test.each([
  "relay.example",
  "https://relay.example/tunnel/connect",
  "file:///tunnel/connect",
  "wss://relay.example/",
  "wss://relay.example/tunnel/connect/",
  "wss://relay.example/tunnel/connect?token=x",
  "wss://relay.example/tunnel/connect#x",
  "wss://user:secret@relay.example/tunnel/connect",
])("%s is no address of a relay, and the message does not repeat it", (configured) => {
  try {
    relayUrlOf(configured);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: "relay_invalid", message: expect.not.stringContaining("secret") });
  }
});

test.each([
  ["wss://relay.example/tunnel/connect", false],
  ["ws://relay.example/tunnel/connect", true],
  ["ws://192.168.1.2/tunnel/connect", true],
  ["ws://127.0.0.1:9/tunnel/connect", false],
  ["ws://[::1]:9/tunnel/connect", false],
  ["ws://localhost:9/tunnel/connect", false],
])("what goes to %s can be read on the way: %s", (url, readable) => {
  expect(isReadable(url)).toBe(readable);
});
