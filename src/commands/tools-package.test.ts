import { expect, test } from "vitest";
import { whatNext } from "./tools-package.ts";

test("commands that are printed to be copied have their paths as one word", () => {
  const path = "/home/me; rm -rf x/it's/a.b-1.0.0.zip";
  const word = "'/home/me; rm -rf x/it'\\''s/a.b-1.0.0.zip'";
  expect(whatNext("osaurus", path, { pluginId: "a.b", key: undefined })).toContain(`tools install ${word} --allow`);
  expect(whatNext("osaurus", path, { pluginId: "a.b", key: "RWx" })).toContain(`registry publish ${word} DIR`);
  expect(whatNext("osaurus", "/a/b.zip", { pluginId: "a.b", key: undefined })).toContain("install /a/b.zip ");
});
