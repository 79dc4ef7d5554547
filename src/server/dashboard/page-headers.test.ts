// From where the dashboard's pages take their programs.

import { expect, test } from "vitest";
import { pageHeaders } from "./page-headers.ts";

function programs(host: string): string | undefined {
  const policy = pageHeaders(host, 1338)["content-security-policy"]!;
  return policy.split("; ").find((one) => one.startsWith("script-src "));
}

test("programs come from the dashboard's own files, and not from what plugins serve at the same name", () => {
  expect(programs("localhost:1338")).toBe("script-src localhost:1338/ui/assets/");
  expect(programs("osprey.example")).toBe("script-src osprey.example/ui/assets/");
});

test("a name that browsers know no source by gets its own origin, so that the page is not empty", () => {
  expect(programs("my_box:1338")).toBe("script-src 'self'");
});
