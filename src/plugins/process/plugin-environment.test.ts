import { expect, test } from "vitest";
import { commandEnvironment, plainEnvironment, type RuntimeHints } from "./plugin-environment.ts";

const hints: RuntimeHints = {
  verbosity: "info",
  debugLevel: 0,
  format: "auto",
  color: "auto",
  unicode: "auto",
  terminalKind: "cli",
  profile: "default",
};

test("the configuration's variables come last, and inherited ones of another plugin are gone", () => {
  const inherited = { OSP_PLUGIN_CFG_A: "outer", OSP_PLUGIN_CFG_B: "outer", OSP_COMMAND: "outer", KEPT: "kept" };
  const env = commandEnvironment(inherited, "c", hints, { OSP_PLUGIN_CFG_A: "own" });
  expect(env).toMatchObject({ OSP_PLUGIN_CFG_A: "own", OSP_COMMAND: "c", KEPT: "kept" });
  expect(Object.keys(env).at(-1)).toBe("OSP_PLUGIN_CFG_A");
  expect(env).not.toHaveProperty("OSP_PLUGIN_CFG_B");
});

test("secrets of the host's configuration stay with the host, whoever they are for; its other variables are passed on", () => {
  const inherited = {
    OSP_SECRET__EXTENSIONS__PLUGINS__OTHER__ENV__TOKEN: "s3cret",
    OSP__UI__FORMAT: "md",
    SECRET: "own",
  };
  for (const env of [commandEnvironment(inherited, "c", hints), plainEnvironment(inherited)]) {
    expect(Object.values(env)).not.toContain("s3cret");
    expect(env).toMatchObject({ OSP__UI__FORMAT: "md", SECRET: "own" });
  }
});

test("without such variables there are none", () => {
  const names = Object.keys(commandEnvironment({ OSP_PLUGIN_CFG_A: "outer" }, "c", hints));
  expect(names.filter((name) => name.startsWith("OSP_PLUGIN_CFG_"))).toEqual([]);
});
