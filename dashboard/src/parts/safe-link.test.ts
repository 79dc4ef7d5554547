import { expect, test } from "vitest";
import { safeLink } from "./safe-link.ts";

test("addresses of the web and of mail are followed", () => {
  const links = ["https://example.com/a?b#c", "http://example.com/", "mailto:a@example.com"];
  expect(links.map((link) => safeLink(link))).toEqual(links);
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "\u0001javascript:alert(1)",
  " javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "blob:http://localhost/1",
  "/api/v1/plugins",
  "//example.com/",
  "#top",
  "readme.md",
  "https://localhost:1338@evil.example/",
  "",
])("%j is text, no link", (href) => {
  expect(safeLink(href)).toBeUndefined();
});

const HERE = { hostname: "localhost", port: "1338" };

test.each([
  "http://localhost:1338/ui/settings/keys",
  "http://LOCALHOST.:1338/",
  "http://127.0.0.1:1338/",
  "http://127.1:1338/",
  "http://[::1]:1338/",
  "http://[::ffff:127.0.0.1]:1338/",
  "http://0.0.0.0:1338/",
  "http://x.localhost:1338/",
  "https://localhost:1338/",
])("%s leads back into this host, and is no link", (href) => {
  expect(safeLink(href, HERE)).toBeUndefined();
});

test("the name that the dashboard was opened by leads back too; other programs on this computer do not", () => {
  const named = { hostname: "osprey.example", port: "" };
  expect(safeLink("https://osprey.example/ui/plugins", named)).toBeUndefined();
  expect(safeLink("https://osprey.example:443/", named)).toBeUndefined();
  expect(safeLink("https://example.com/", named)).toBe("https://example.com/");
  expect(safeLink("http://localhost:3000/", HERE)).toBe("http://localhost:3000/");
  expect(safeLink("http://example.com:1338/", HERE)).toBe("http://example.com:1338/");
});
