import { expect, test } from "vitest";
import { compareVersions, parseVersion } from "./semver.ts";

test("versions sort by the precedence rules, pre-releases included", () => {
  const ordered = [
    "0.9.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2.10",
    "10.0.0",
  ].map((text) => parseVersion(text)!);
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j));
  }
});

test("build metadata does not count", () => {
  expect(compareVersions(parseVersion("1.0.0+a")!, parseVersion("1.0.0+b")!)).toBe(0);
});

test.each(["", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3.4", " 1.2.3"])(
  "%j is no version",
  (text) => {
    expect(parseVersion(text)).toBe(undefined);
  },
);
