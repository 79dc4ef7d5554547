import { expect, test } from "vitest";
import { safeLink } from "./safe-link.ts";

test("addresses of the web and of mail are followed", () => {
  const links = ["https://example.com/a?b#c", "http://example.com/", "mailto:a@example.com"];
  expect(links.map(safeLink)).toEqual(links);
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
