import { expect, test } from "vitest";
import { MCP_REQUESTS_WAITING_CHARS_MAX } from "../../protocol/limits.ts";
import type { McpRequest } from "./messages.ts";
import { WaitingRequests } from "./waiting-requests.ts";

const request = (id: string, text = ""): McpRequest => ({ kind: "request", id, method: "ping", params: {}, text });

test("requests leave in the order in which they came, but for those that were taken out", () => {
  const waiting = new WaitingRequests();
  for (const id of ["1", "2", "3"]) expect(waiting.add(request(id))).toBe(true);
  expect(waiting.take("2")?.id).toBe("2");
  expect([waiting.has("2"), waiting.has("3")]).toEqual([false, true]);
  expect([waiting.next()?.id, waiting.next()?.id, waiting.next()]).toEqual(["1", "3", undefined]);
});

test("so much text waits, and not one character more, until some of it has left", () => {
  const waiting = new WaitingRequests();
  expect(waiting.add(request("1", "x".repeat(MCP_REQUESTS_WAITING_CHARS_MAX)))).toBe(true);
  expect(waiting.add(request("2", "x"))).toBe(false);
  waiting.next();
  expect(waiting.add(request("2", "x"))).toBe(true);
  expect(waiting.takeAll()).toEqual(["2"]);
  expect(waiting.add(request("1", "x".repeat(MCP_REQUESTS_WAITING_CHARS_MAX)))).toBe(true);
});
