// The headers that nobody passes on.

import { expect, test } from "vitest";
import { connectionNames, isSendable } from "./connection-headers.ts";

test("the names in a connection header are found however they are written", () => {
  expect([...connectionNames("X-Hop , close")]).toEqual(["x-hop", "close"]);
  for (const none of [undefined, "", " , "]) expect(connectionNames(none).size).toBe(0);
});

test.each([
  ["x-a", "ä b", true],
  ["x-a", "a\r\nb: c", false],
  ["x-a", "\0", false],
  ["x a", "b", false],
  ["", "b", false],
])("whether a header can be sent: %j %j", (name, value, can) => {
  expect(isSendable(name, value)).toBe(can);
});
