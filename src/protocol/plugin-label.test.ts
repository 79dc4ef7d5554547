import { expect, test } from "vitest";
import { pluginHost, pluginLabel } from "./plugin-label.ts";

test("the label of a plugin is readable, and the same each time", () => {
  expect(pluginLabel("dev.example.MyPlugin")).toMatch(/^dev-example-myplugin-[0-9a-f]{10}$/);
  expect(pluginLabel("dev.example.MyPlugin")).toBe(pluginLabel("dev.example.MyPlugin"));
  expect(pluginHost("a")).toBe(`${pluginLabel("a")}.localhost`);
});

test("ids that look alike in a label have different ones", () => {
  const ids = ["dev.example.MyPlugin", "dev.example.myplugin", "dev-example-myplugin", "dev.example.myplugin."];
  expect(new Set(ids.map(pluginLabel)).size).toBe(ids.length);
});

test.each(["", "...", "漢字", "-", "x".repeat(300), `${"x".repeat(39)}.y`, "a b\0c", "%2e%2e", "UPPER"])(
  "the label of %j is one that a host name can have",
  (id) => {
    expect(pluginLabel(id)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/);
  },
);
