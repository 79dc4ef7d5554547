import { expect, test } from "vitest";
import { pluginLabel } from "./plugin-label.ts";

const SECRET = new Uint8Array(32).fill(1);

test("a label can be read, and is the same each time", () => {
  expect(pluginLabel("dev.example.MyPlugin", SECRET)).toMatch(/^dev-example-myplugin-[0-9a-f]{16}$/);
  expect(pluginLabel("dev.example.MyPlugin", SECRET)).toBe(pluginLabel("dev.example.MyPlugin", SECRET));
});

test("without the secret nobody can tell it", () => {
  const other = new Uint8Array(32).fill(2);
  expect(pluginLabel("dev.example.MyPlugin", other)).not.toBe(pluginLabel("dev.example.MyPlugin", SECRET));
});

test("ids that look alike in a label have different ones", () => {
  const ids = ["dev.example.MyPlugin", "dev.example.myplugin", "dev-example-myplugin", "dev.example.myplugin."];
  expect(new Set(ids.map((id) => pluginLabel(id, SECRET))).size).toBe(ids.length);
});

test.each(["", "...", "漢字", "-", "x".repeat(300), `${"x".repeat(39)}.y`, "a b\0c", "%2e%2e", "UPPER"])(
  "the label of %j is one that a host name can have",
  (id) => {
    expect(pluginLabel(id, SECRET)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/);
  },
);
