import { expect, test } from "vitest";
import { readManifest } from "../protocol/manifest.ts";
import { keyName } from "./model-backends.ts";

test("keys of model providers are kept under a name that no plugin can have", () => {
  const owner = keyName("work").pluginId;
  const manifestOf = (plugin_id: string) => readManifest(JSON.stringify({ plugin_id, capabilities: {} })).manifest;
  expect(manifestOf(owner)).toBeUndefined();
  expect(manifestOf(owner.replace("/", ":"))).toBeDefined();
});
