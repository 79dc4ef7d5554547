// Which macOS this is. Node knows the version of its kernel only.

import { readFileSync } from "node:fs";

const VERSION_FILE = "/System/Library/CoreServices/SystemVersion.plist";

/** The version of macOS, such as `15.1`; undefined elsewhere, and when the system does not say. */
export function macosVersion(platform: NodeJS.Platform = process.platform, file = VERSION_FILE): string | undefined {
  if (platform !== "darwin") return undefined;
  try {
    return /<key>ProductVersion<\/key>\s*<string>([\d.]+)<\/string>/.exec(readFileSync(file, "utf8"))?.[1];
  } catch {
    return undefined; // Nothing that is asked of the version is worth a failure.
  }
}
