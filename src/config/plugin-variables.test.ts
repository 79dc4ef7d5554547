import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load-config.ts";
import { collisionError, pluginVariables } from "./plugin-variables.ts";

async function load(toml: string, env: Record<string, string> = {}): Promise<Config> {
  const config = tempDir();
  writeFileSync(join(config, "config.toml"), toml);
  const paths = { config, cache: config, data: config, state: config };
  return await loadConfig({ paths, env, terminal: "cli", useEnv: true, useFile: true, defaultsOnly: false });
}

test("shared entries go to every plugin, and a plugin's own ones take their place", async () => {
  const config = await load(`[default]
    extensions.plugins.env.api_url = "https://shared"
    extensions.plugins.env."api.base-url" = "b"
    extensions.plugins.env.port = 8080
    extensions.plugins.env.list = ["a", 1, 9007199254740993]
    extensions.plugins.my-plugin.env.token = "t"
    extensions.plugins.My-Plugin.env.API_URL = "https://own"
    extensions.plugins.my-plugin.timeout_ms = 5
    extensions.plugins.env.timeout_ms = "any"
    extensions.plugins.env."--" = "nameless"`);
  const mine = pluginVariables(config, "MY-plugin");
  expect(mine.collisions).toEqual([]);
  expect(Object.fromEntries(mine.variables.map(({ name, value }) => [name, value]))).toEqual({
    OSP_PLUGIN_CFG_API_URL: "https://own",
    OSP_PLUGIN_CFG_API_BASE_URL: "b",
    OSP_PLUGIN_CFG_PORT: "8080",
    OSP_PLUGIN_CFG_LIST: '["a",1,9007199254740993]',
    OSP_PLUGIN_CFG_TOKEN: "t",
    OSP_PLUGIN_CFG_TIMEOUT_MS: "any",
  });
  expect(mine.variables.find(({ name }) => name.endsWith("TOKEN"))).toMatchObject({
    key: "extensions.plugins.my-plugin.env.token",
    scope: "plugin",
    isSecret: true,
  });
  const other = pluginVariables(config, "other").variables;
  expect(other.map(({ name }) => name)).not.toContain("OSP_PLUGIN_CFG_TOKEN");
  expect(other.find(({ name }) => name.endsWith("API_URL"))).toMatchObject({
    value: "https://shared",
    scope: "shared",
  });
});

test("two keys that would be one variable collide when their values differ, and only in their scope", async () => {
  const config = await load(`[default]
    extensions.plugins.a.env.api_url = "1"
    extensions.plugins.a.env.api-url = "2"
    extensions.plugins.b.env.x_y = "same"
    extensions.plugins.b.env.x-y = "same"
    extensions.plugins.c.env.url = "1"
    extensions.plugins.c.env.URL = "2"`);
  const a = pluginVariables(config, "a");
  expect(a.collisions).toEqual([
    {
      name: "OSP_PLUGIN_CFG_API_URL",
      keys: ["extensions.plugins.a.env.api-url", "extensions.plugins.a.env.api_url"],
      scope: "plugin",
    },
  ]);
  expect(collisionError(config, "a", a)).toMatchObject({ code: "config_collision", exitCode: 20 });
  expect(pluginVariables(config, "b").collisions).toEqual([]);
  expect(collisionError(config, "b", pluginVariables(config, "b"))).toBeUndefined();
  expect(pluginVariables(config, "c").collisions).toHaveLength(1);
  const shared = await load("[default.extensions.plugins.env]\na-b = 1\na_b = 2");
  expect(pluginVariables(shared, "whatever").collisions).toMatchObject([{ scope: "shared" }]);
});

test("a stronger layer is no collision, whatever its letter case", async () => {
  const config = await load("[default]\nextensions.plugins.Foo.env.Url = 'file'", {
    OSP__EXTENSIONS__PLUGINS__FOO__ENV__URL: "env",
  });
  const { variables, collisions } = pluginVariables(config, "Foo");
  expect(variables.map(({ value }) => value)).toEqual(["env"]);
  expect(collisions).toEqual([]);
});

test("a value that no variable can hold is refused", async () => {
  const config = await load('[default]\nextensions.plugins.env.x = "a\\u0000b"');
  expect(() => pluginVariables(config, "a")).toThrow(expect.objectContaining({ code: "config_invalid" }));
});
