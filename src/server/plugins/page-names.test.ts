import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { PageNames } from "./page-names.ts";

const fileOf = (data: string) => join(data, "Config", "page-names");

test("a plugin has the same name after a start, and another one on another host", () => {
  const data = tempDir();
  const name = new PageNames(data).hostOf("dev.example.A");
  expect(name).toMatch(/^dev-example-a-[0-9a-f]{16}\.localhost$/);
  expect(new PageNames(data).hostOf("dev.example.A")).toBe(name);
  expect(new PageNames(tempDir()).hostOf("dev.example.A")).not.toBe(name);
});

test("the secret is for the user who runs the host alone, and is made when it is needed", () => {
  const data = tempDir();
  const names = new PageNames(data);
  expect(readdirSync(data)).toEqual([]);
  names.hostOf("a");
  expect([statSync(fileOf(data)).mode & 0o777, statSync(fileOf(data)).size]).toEqual([0o600, 32]);
});

test.each(["", "short", "x".repeat(33)])("what is no secret is replaced by one: %j", (content) => {
  const data = tempDir();
  mkdirSync(join(data, "Config"));
  writeFileSync(fileOf(data), content);
  chmodSync(fileOf(data), 0o644);
  new PageNames(data).hostOf("a");
  expect([statSync(fileOf(data)).mode & 0o777, statSync(fileOf(data)).size]).toEqual([0o600, 32]);
});

test("a link that leads nowhere is replaced, and not followed", () => {
  const data = tempDir();
  mkdirSync(join(data, "Config"));
  symlinkSync(join(data, "elsewhere"), fileOf(data));
  new PageNames(data).hostOf("a");
  expect(readFileSync(fileOf(data))).toHaveLength(32);
  expect(readdirSync(data)).toEqual(["Config"]);
});

test("where it cannot be kept there is no name", () => {
  const data = tempDir();
  writeFileSync(join(data, "Config"), "in the way");
  expect(() => new PageNames(data).hostOf("a")).toThrow(expect.objectContaining({ code: "config_unwritable" }));
});
