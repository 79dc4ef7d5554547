// Finds a browser that is installed on this machine.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The program named by the variable CHROMIUM, or the first that is installed. Throws, with what to do, when there is none. */
export function findBrowser(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const installed = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const chosen = env["CHROMIUM"];
  const found = (chosen ? [chosen] : installed).find(isProgram);
  if (found !== undefined) return found;
  const missing = chosen ? `${chosen}, which CHROMIUM names, is no program` : `there is none of ${NAMES.join(", ")}`;
  throw new Error(
    `these tests need a browser, and ${missing}; run "apt-get install chromium fonts-dejavu-core", or "brew install --cask ` +
      'chromium", or set CHROMIUM to the path of a Chromium or Chrome',
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
