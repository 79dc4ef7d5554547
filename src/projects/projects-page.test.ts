// docs/projects.md and docs/messaging.md show files and requests that can be used.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { HOST_FUNCTIONS } from "../protocol/host-functions.ts";
import { NATIVE_PROJECT_FILE, readProject } from "./project.ts";

function jsonBlocks(page: string): string[] {
  const text = readFileSync(join(import.meta.dirname, "../../docs", page), "utf8");
  return [...text.matchAll(/^```json\n(.*?)^```$/gms)].map((match) => match[1]!);
}

test("the project file that is shown can be read", () => {
  const blocks = jsonBlocks("projects.md");
  expect(blocks).toHaveLength(1);
  const folder = tempDir();
  writeFileSync(join(folder, NATIVE_PROJECT_FILE), blocks[0]!);
  expect(readProject(folder)).toMatchObject({
    kind: "native",
    pluginId: "dev.example.hello",
    version: "0.1.0",
    build: "make build",
    call: { tool: "hello", args: { name: "Ada" } },
  });
});

test("the dispatch that is shown has members that the host knows", () => {
  const blocks = jsonBlocks("messaging.md");
  expect(blocks).toHaveLength(1);
  expect(Object.keys(HOST_FUNCTIONS.dispatch.request!)).toEqual(
    expect.arrayContaining(Object.keys(JSON.parse(blocks[0]!))),
  );
});
