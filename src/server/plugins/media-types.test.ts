import { expect, test } from "vitest";
import { isPage, webMediaType } from "./media-types.ts";

test.each([
  ["index.html", "text/html"],
  ["old.HTM", "text/html"],
  ["app.js", "application/javascript; charset=utf-8"],
  ["app.MJS", "application/javascript; charset=utf-8"],
  ["app.js.map", "application/json"],
  ["a.css", "text/css; charset=utf-8"],
  ["a.json", "application/json; charset=utf-8"],
  ["a.txt", "text/plain; charset=utf-8"],
  ["a.svg", "image/svg+xml"],
  ["favicon.ico", "image/x-icon"],
  ["a.jpeg", "image/jpeg"],
  ["a.woff2", "font/woff2"],
  ["a.wasm", "application/wasm"],
  [".html", "text/html"],
  ["html", "application/octet-stream"],
  ["a.", "application/octet-stream"],
  ["", "application/octet-stream"],
  [".env", "application/octet-stream"],
  ["a.constructor", "application/octet-stream"],
])("%s is served as %s", (name, type) => {
  expect(webMediaType(name)).toBe(type);
});

test("pages are what gets a script, and nothing else is", () => {
  expect(["a.html", "a.htm", "a.svg", "a.xml", "a.js"].map(webMediaType).map(isPage)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
