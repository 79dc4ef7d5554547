import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { MEDIA_TYPE_SAMPLE_BYTES_MAX } from "../protocol/limits.ts";
import { mediaType } from "./media-type.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const PDF = Buffer.from("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "latin1");

test.each([
  ["picture.png", PNG, "image/png"],
  ["says-it-is.txt", PNG, "image/png"],
  ["without-a-name", PNG, "image/png"],
  ["paper.pdf", PDF, "application/pdf"],
  ["page.html.gz", gzipSync("<html>"), "application/gzip"],
])("%s: what is in it counts", async (name, bytes, type) => {
  expect(await mediaType(name, bytes)).toBe(type);
});

test.each([
  ["a.json", '{"a":1}\n', "application/json"],
  ["a.json", "\uFEFF [1,2]", "application/json"],
  ["a.json", "-1.5e3", "application/json"],
  ["A.JSON", '"text"', "application/json"],
  ["a.jsonl", '{"a":1}\n{"a":2}\n', "application/x-ndjson"],
  ["a.csv", "a;b\n1;2\n", "text/csv"],
  ["a.csv", "", "text/csv"],
  ["a.tsv", "a\tb", "text/tab-separated-values"],
  ["a.md", "# Title", "text/markdown"],
  ["a.html", "<!doctype html>", "text/html"],
  ["a.css", "p { margin: 0 }", "text/css"],
  ["a.mjs", "export {}", "text/javascript"],
  ["a.xml", "<a/>", "application/xml"],
  ["a.xml", '<?xml version="1.0"?><a/>', "application/xml"],
  ["a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"],
  ["a.svg", '<?xml version="1.0"?>\n<svg/>', "image/svg+xml"],
  ["a.yml", "a: 1", "application/yaml"],
  ["a.ics", "BEGIN:VCALENDAR\n", "text/calendar"],
  ["a.vcf", "BEGIN:VCARD\n", "text/vcard"],
])("%s with the text %j is %s", async (name, text, type) => {
  expect(await mediaType(name, Buffer.from(text))).toBe(type);
});

test.each([
  ["a.json", "no JSON at all"],
  ["a.json", "{ never ends"],
  ["a.html", "no markup"],
  ["a.svg", "<html></html>"],
  ["a.ics", "no calendar"],
  ["a.png", "a text, whatever its name says"],
  ["a", "äöü\twith tabs\r\nand lines\n"],
  [".json", "{}"],
  ["", ""],
])("%s with the text %j is plain text", async (name, text) => {
  expect(await mediaType(name, Buffer.from(text))).toBe("text/plain");
});

test.each([
  ["invalid UTF-8", Buffer.from([0x61, 0xff, 0x62])],
  ["a cut character", Buffer.from([0x61, 0xc3])],
  ["NUL", Buffer.from("a\0b")],
  ["control characters", Buffer.from("a\x01\x02")],
])("a text with %s is none, whatever its name says", async (_what, bytes) => {
  expect(await mediaType("a.json", bytes)).toBe("application/octet-stream");
  expect(await mediaType("a.txt", bytes)).toBe("application/octet-stream");
});

test("one wrong byte at the end of a large text is enough, and a character at the edge of what is looked at is no mistake", async () => {
  const large = "ä".repeat(MEDIA_TYPE_SAMPLE_BYTES_MAX);
  expect(await mediaType("a.txt", Buffer.from(`x${large}`))).toBe("text/plain");
  expect(await mediaType("a.txt", Buffer.concat([Buffer.from(large), Buffer.from([0xff])]))).toBe(
    "application/octet-stream",
  );
});

test("files that are cut or damaged anywhere have a type all the same", async () => {
  const whole = Buffer.concat([PNG, gzipSync(Buffer.alloc(100_000)), PDF]);
  for (let end = 0; end <= whole.length; end++) {
    for (const start of [0, PNG.length]) {
      expect(await mediaType("a", whole.subarray(start, end))).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/);
    }
  }
});
