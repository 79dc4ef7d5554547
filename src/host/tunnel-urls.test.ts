import { expect, test } from "vitest";
import { TunnelUrls } from "./tunnel-urls.ts";

const A = "AAAAAAAA-0000-0000-0000-000000000001";
const B = "BBBBBBBB-0000-0000-0000-000000000002";

test("what is told is what is different, and an address that comes back is told as such", () => {
  const urls = new TunnelUrls();
  expect(urls.update(new Map([[A, "a"]]))).toEqual([{ agentId: A, url: "a", isReconnect: false }]);
  expect(
    urls.update(
      new Map([
        [A, "a"],
        [B, "b"],
      ]),
    ),
  ).toEqual([{ agentId: B, url: "b", isReconnect: false }]);
  expect(
    urls.update(
      new Map([
        [A, "a2"],
        [B, "b"],
      ]),
    ),
  ).toEqual([{ agentId: A, url: "a2", isReconnect: false }]);
  expect(urls.update(new Map([[B, "b"]]))).toEqual([{ agentId: A, url: "", isReconnect: false }]);
  expect(
    urls.update(
      new Map([
        [A, "a2"],
        [B, "b"],
      ]),
    ),
  ).toEqual([{ agentId: A, url: "a2", isReconnect: true }]);
  expect(
    urls.update(
      new Map([
        [A, "a2"],
        [B, "b"],
      ]),
    ),
  ).toEqual([]);
});

test("an agent that never had an address has none, and one that lost it has an empty one", () => {
  const urls = new TunnelUrls();
  expect(urls.valueOf(A)).toBeUndefined();
  urls.update(new Map([[A, "a"]]));
  expect([urls.valueOf(A), urls.valueOf(B), [...urls.connected]]).toEqual(["a", undefined, [[A, "a"]]]);
  urls.update(new Map());
  expect([urls.valueOf(A), [...urls.connected]]).toEqual(["", []]);
});
