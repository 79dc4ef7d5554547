import { expect, test } from "vitest";
import { resolvePaths } from "./paths.ts";

const home = "/home/ada";

test("on Linux everything lies in the XDG default folders", () => {
  expect(resolvePaths({ env: {}, platform: "linux", home })).toEqual({
    config: "/home/ada/.config/osp",
    cache: "/home/ada/.cache/osp",
    data: "/home/ada/.local/share/osaurus",
  });
});

test("on macOS the data folder is the application's own", () => {
  expect(resolvePaths({ env: {}, platform: "darwin", home })).toEqual({
    config: "/home/ada/Library/Application Support/osp",
    cache: "/home/ada/Library/Caches/osp",
    data: "/home/ada/Library/Application Support/Osaurus",
  });
});

test("XDG variables win over the defaults and OSAURUS_HOME over XDG_DATA_HOME", () => {
  const env = { XDG_CONFIG_HOME: "/c", XDG_CACHE_HOME: "/k", XDG_DATA_HOME: "/d", OSAURUS_HOME: "/o" };
  expect(resolvePaths({ env, platform: "linux", home })).toEqual({ config: "/c/osp", cache: "/k/osp", data: "/o" });
  expect(resolvePaths({ env: { XDG_DATA_HOME: "/d" }, platform: "darwin", home }).data).toBe("/d/osaurus");
});

test("a relative or empty value is ignored", () => {
  const env = { XDG_CONFIG_HOME: "relative", XDG_CACHE_HOME: "", OSAURUS_HOME: "./here" };
  expect(resolvePaths({ env, platform: "linux", home })).toEqual(resolvePaths({ env: {}, platform: "linux", home }));
});
