import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { macosVersion } from "./macos-version.ts";

function written(text: string): string {
  const file = join(tempDir(), "SystemVersion.plist");
  writeFileSync(file, text);
  return file;
}

test("the version is read from the file in which macOS keeps it", () => {
  const file = written(
    "<plist><dict>\n\t<key>ProductName</key>\n\t<string>macOS</string>\n\t<key>ProductVersion</key>\n\t<string>15.1</string>",
  );
  expect(macosVersion("darwin", file)).toBe("15.1");
  expect(macosVersion("linux", file)).toBeUndefined();
});

test("a file that is not there, or says nothing, gives no version", () => {
  expect(macosVersion("darwin", join(tempDir(), "missing"))).toBeUndefined();
  expect(macosVersion("darwin", written("<plist>"))).toBeUndefined();
});
