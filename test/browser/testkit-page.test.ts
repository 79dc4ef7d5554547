// The browser half of the test kit: a plugin's page, opened as its owner, with what every page should be able to do.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { openPage, openPlugin } from "../../src/testkit/index.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

/** A project with the page, and a plugin that has routes beside it. */
function pageProject(page: string): string {
  const folder = tempDir();
  const library = nativeFixture("counts-requests");
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web/index.html"), page);
  mkdirSync(join(folder, "build"));
  copyFileSync(library, join(folder, "build", basename(library)));
  const file = { plugin_id: "test.counts-requests", version: "1.0.0", dev: { library: "build/counts-requests" } };
  writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify(file));
  return folder;
}

const PAGE =
  '<!doctype html><html lang="en"><head><title>Notes</title><link rel="icon" href="data:,"></head><body>Hi</body></html>';

test("a page is opened as its owner, and can do what pages can", async () => {
  await using kit = await openPlugin({ project: pageProject(PAGE) });
  await using page = await openPage(kit);
  expect(await page.page.title()).toBe("Notes");
  page.checkLoaded();
  expect(await page.checkFetch("/secret")).toBe(200);
  await page.checkDeepLink("/some/place");
  await page.checkHead("/index.html");
  await page.checkNothingOutside();
});

test("a page that asks for what is not there does not pass", async () => {
  await using kit = await openPlugin({ project: pageProject(`${PAGE}<script src="none.js"></script>`) });
  await using page = await openPage(kit);
  expect(() => page.checkLoaded()).toThrow("none.js");
});

test("a plugin without a page, and a kit of somebody else's, have none to open", async () => {
  await using kit = await openPlugin({ library: nativeFixture("greets") });
  await expect(openPage(kit)).rejects.toMatchObject({ code: "test_invalid" });
  await expect(openPage({ ...kit })).rejects.toThrow("takes what openPlugin gave");
});
