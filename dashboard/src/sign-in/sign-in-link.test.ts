import { expect, test } from "vitest";
import { codeOf } from "./sign-in-link.ts";

test("a code is found in the link that was pasted, and is itself when it came alone", () => {
  expect(codeOf(" http://localhost:1338/?osr_open=a-B_9\n")).toBe("a-B_9");
  expect(codeOf(" a-B_9 ")).toBe("a-B_9");
  expect(codeOf("http://localhost:1338/?other=1")).toBe("http://localhost:1338/?other=1");
});
