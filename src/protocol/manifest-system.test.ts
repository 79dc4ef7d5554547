import { expect, test } from "vitest";
import { HostError } from "./errors.ts";
import { parseManifest } from "./manifest.ts";
import { requireSystem, systemVersion } from "./manifest-system.ts";

const asking = (min_macos?: string) =>
  parseManifest(JSON.stringify({ plugin_id: "dev.example.p", capabilities: {}, min_macos }), "p");

test.each([
  ["15.0", "14.7.1"],
  ["15", "14"],
  ["15.0.1", "15.0"],
  ["26.1", "26.0.9"],
  ["10.15", "10.9"],
])("a plugin for macOS %s is refused on %s, with both in the message", (wanted, macosVersion) => {
  let error: unknown;
  try {
    requireSystem(asking(wanted), { platform: "darwin", macosVersion });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(HostError);
  expect((error as HostError).code).toBe("system_too_old");
  expect((error as HostError).message).toContain(`needs macOS ${systemVersion(wanted)!.join(".")} or newer`);
});

test.each([
  ["15.0", "15.0"],
  ["15", "15.0.0"],
  ["14.9.9", "15"],
  [undefined, "13.0"],
  ["fifteen", "13.0"],
  ["15.0", undefined],
  ["15.0", "unknown"],
])("a plugin for macOS %s is accepted on %s", (wanted, macosVersion) => {
  expect(() => requireSystem(asking(wanted), { platform: "darwin", macosVersion })).not.toThrow();
});

test("other systems pass the version of macOS over", () => {
  expect(() => requireSystem(asking("99.0"), { platform: "linux", macosVersion: "1.0" })).not.toThrow();
});

test.each(["", "1.2.3.4", "1.", "v1", "-1", "1e3", "9999999999"])("%j is no version of a system", (text) => {
  expect(systemVersion(text)).toBeUndefined();
});
