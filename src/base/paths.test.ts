import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolvePaths } from "./paths.ts";

const home = "/home/ada";

test("on Linux everything lies in the XDG default folders", () => {
  expect(resolvePaths({ env: {}, platform: "linux", home })).toEqual({
    config: "/home/ada/.config/osp",
    cache: "/home/ada/.cache/osp",
    data: "/home/ada/.local/share/osaurus",
    state: "/home/ada/.local/state/osp",
  });
});

test("on macOS the data folder is the application's own", () => {
  expect(resolvePaths({ env: {}, platform: "darwin", home })).toEqual({
    config: "/home/ada/Library/Application Support/osp",
    cache: "/home/ada/Library/Caches/osp",
    data: "/home/ada/Library/Application Support/Osaurus",
    state: "/home/ada/Library/Application Support/osp/state",
  });
});

test("XDG variables win over the defaults and OSAURUS_HOME over XDG_DATA_HOME", () => {
  const env = {
    XDG_CONFIG_HOME: "/c",
    XDG_CACHE_HOME: "/k",
    XDG_DATA_HOME: "/d",
    XDG_STATE_HOME: "/s",
    OSAURUS_HOME: "/o",
  };
  expect(resolvePaths({ env, platform: "linux", home })).toEqual({
    config: "/c/osp",
    cache: "/k/osp",
    data: "/o",
    state: "/s/osp",
  });
  expect(resolvePaths({ env: { XDG_DATA_HOME: "/d" }, platform: "darwin", home }).data).toBe("/d/osaurus");
});

test("a relative or empty value is ignored", () => {
  const env = { XDG_CONFIG_HOME: "relative", XDG_CACHE_HOME: "", OSAURUS_HOME: "./here" };
  expect(resolvePaths({ env, platform: "linux", home })).toEqual(resolvePaths({ env: {}, platform: "linux", home }));
});

test("a user without a home, and without an entry among the users, has folders all the same", () => {
  const { paths } = JSON.parse(
    execFileSync(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import os from "node:os"; import { syncBuiltinESMExports } from "node:module";
         os.userInfo = () => { throw new Error("ENOENT"); }; syncBuiltinESMExports();
         const { resolvePaths } = await import(${JSON.stringify(join(import.meta.dirname, "paths.ts"))});
         console.log(JSON.stringify({ paths: resolvePaths({ env: { XDG_CONFIG_HOME: "/c" }, platform: "linux" }) }));`,
      ],
      { encoding: "utf8" },
    ),
  );
  expect(paths).toMatchObject({ config: "/c/osp", cache: "/.cache/osp" });
});
