import { expect, test } from "vitest";
import { recordConfig } from "../../../test/helpers/record-config.ts";
import { HostError } from "../../protocol/errors.ts";
import { chooseProvider } from "./choose-provider.ts";
import { commandCatalog } from "./command-catalog.ts";
import type { ProcessPlugin } from "./discover.ts";

const command = (name: string) => ({ name, about: "", auth: null, args: [], flags: {}, subcommands: [] });

function plugin(
  pluginId: string,
  names: string[],
  error: HostError | null = null,
  enabledByDefault = true,
): ProcessPlugin {
  const healthy = error === null;
  const issue = error?.message ?? null;
  const commands = names.map(command);
  return {
    pluginId,
    version: "1",
    source: "user",
    path: `/p/${pluginId}`,
    state: healthy ? "healthy" : "broken",
    healthy,
    enabled: true,
    enabledByDefault,
    issue,
    error,
    commands,
    isCached: false,
    stamp: { size: 1, mtimeSecs: 1, mtimeNanos: 1 },
  };
}

const failed = new HostError("describe_failed", "it fell over");

test("the one plugin that offers a command serves it, in whatever letter case it was typed", () => {
  const provider = chooseProvider([plugin("a", ["one"]), plugin("b", ["two"])], "TWO");
  expect([provider.plugin.pluginId, provider.command.name]).toEqual(["b", "two"]);
});

test("of several the one that the user names serves it, and none is guessed", () => {
  const plugins = [plugin("a", ["one"]), plugin("b", ["one"])];
  expect(chooseProvider(plugins, "one", { override: "b" }).plugin.pluginId).toBe("b");
  expect(() => chooseProvider(plugins, "one")).toThrow("offered by several plugins: a (user), b (user)");
  expect(() => chooseProvider(plugins, "one", { override: "c" })).toThrow('plugin "c" does not offer "one"');
});

test("a broken plugin serves nothing, and why is said when it was meant", () => {
  const plugins = [plugin("a", ["one"]), plugin("two", [], failed), plugin("c", ["three"], failed)];
  const codeOf = (typed: string) => {
    try {
      chooseProvider(plugins, typed);
    } catch (error) {
      return (error as HostError).code;
    }
    return "found";
  };
  expect(["two", "three", "four"].map(codeOf)).toEqual(["describe_failed", "describe_failed", "command_unknown"]);
  expect(() => chooseProvider(plugins, "one", { override: "two" })).toThrow('"two" does not offer "one": it fell over');
  expect(() => chooseProvider(plugins, "four", { override: "two" })).toThrow(
    'plugin "two" cannot be used: it fell over',
  );
  const onlyBroken = [plugin("x", [], failed), plugin("y", [], failed)];
  expect(() => chooseProvider(onlyBroken, "four")).toThrow(
    expect.objectContaining({
      code: "command_unknown",
      hint: expect.stringContaining('the plugin "x", which cannot be used: it fell over, and 1 more like it'),
    }),
  );
});

test("a slip of the fingers is answered with the nearest name, built-in words included", () => {
  const hint = (typed: string) => {
    try {
      chooseProvider([plugin("a", ["inventory"])], typed, { otherNames: ["plugins"] });
    } catch (error) {
      return (error as HostError).hint;
    }
    return undefined;
  };
  expect([hint("invetory"), hint("plugin"), hint("zzz")]).toEqual([
    'did you mean "inventory"?',
    'did you mean "plugins"?',
    'run "osp --help" to see all commands',
  ]);
});

test("how many others are broken is part of the hint, not of what happened", () => {
  const plugins = [plugin("a", ["one"], failed), plugin("b", [], failed), plugin("c", [], failed)];
  expect(() => chooseProvider(plugins, "one")).toThrow(
    expect.objectContaining({
      message: 'plugin "a" cannot be used: it fell over',
      hint: expect.stringMatching(/^run "\/p\/a --describe" .* \(2 more plugins are broken\)$/),
    }),
  );
});

const two = [plugin("a", ["one"]), plugin("b", ["one"])];

/** The error that a choice ends with. */
function refusal(choose: () => unknown): HostError {
  try {
    choose();
  } catch (error) {
    return error as HostError;
  }
  throw new Error("it was not refused");
}

test("a choice between providers can be made for a call or for good, and the error names both ways", () => {
  const error = refusal(() => chooseProvider(two, "one"));
  expect([error.code, error.hint]).toEqual([
    "provider_ambiguous",
    "choose one for this call: --plugin-provider a, or for good: osp plugins select-provider one a",
  ]);
  const config = recordConfig({ "plugins.one.provider": " b " });
  expect(chooseProvider(two, "one", { config })).toMatchObject({ plugin: { pluginId: "b" } });
  expect(chooseProvider(two, "one", { config, override: " a " })).toMatchObject({ plugin: { pluginId: "a" } });
});

test("a chosen provider that offers the command no more is passed over with a warning", () => {
  const config = recordConfig({ "plugins.one.provider": "gone" });
  expect(chooseProvider([two[0]!], "one", { config })).toMatchObject({
    plugin: { pluginId: "a" },
    warnings: [
      expect.stringMatching(/^the chosen provider "gone" does not offer "one" any more: .*clear-provider one/),
    ],
  });
  expect(chooseProvider([two[0]!], "one").warnings).toBeUndefined();
  expect(refusal(() => chooseProvider(two, "one", { config })).message).toMatch(/"gone" is not one of them any more$/);
});

test("a command that is off serves nobody, and says how it is enabled", () => {
  for (const state of ["disabled", " DISABLED "]) {
    const config = recordConfig({ "plugins.one.state": state });
    const error = refusal(() => chooseProvider(two, "ONE", { config, override: "a" }));
    expect([error.code, error.message, error.hint]).toEqual([
      "command_disabled",
      'command "one" is disabled',
      'run "osp plugins enable one" to use it',
    ]);
  }
  for (const state of ["enabled", "off", "", true]) {
    const config = recordConfig({ "plugins.one.state": state });
    expect(chooseProvider([two[0]!], "one", { config }).plugin.pluginId).toBe("a");
  }
});

test("a plugin that is off by default serves only once its command is enabled, and the others meanwhile", () => {
  const off = plugin("off", ["one", "two"], null, false);
  const on = plugin("on", ["one"]);
  expect(chooseProvider([off, on], "one").plugin.pluginId).toBe("on");
  expect(refusal(() => chooseProvider([off, on], "one", { override: "off" })).message).toBe(
    'plugin "off" does not offer "one": there the command is disabled',
  );
  expect(refusal(() => chooseProvider([off], "two")).message).toMatch(/is disabled: it is not on until/);
  const config = recordConfig({ "plugins.one.state": "Enabled" });
  expect(refusal(() => chooseProvider([off, on], "one", { config })).code).toBe("provider_ambiguous");
});

test("a hidden command does not exist, not even as the nearest name", () => {
  const auth = {
    visibility: "hidden" as const,
    required_capabilities: [],
    feature_flags: [],
    visible_session: null,
    run_session: null,
  };
  const hidden = { ...plugin("h", []), commands: [{ ...command("inventory"), auth }] };
  expect(refusal(() => chooseProvider([hidden], "inventory")).code).toBe("command_unknown");
  expect(refusal(() => chooseProvider([hidden], "inventori")).hint).toBe('run "osp --help" to see all commands');
  expect(chooseProvider([hidden, plugin("v", ["inventory"])], "inventory").plugin.pluginId).toBe("v");
  expect(refusal(() => chooseProvider([plugin("v", ["one"])], "one", { visiblePlugins: "two" })).code).toBe(
    "command_unknown",
  );
});

test("the catalog shows who serves each command, sorted by name", () => {
  const off = plugin("off", ["z", "a"], null, false);
  const plugins = [off, plugin("p", ["z", "m"]), plugin("q", ["m"]), plugin("broken", ["b"], failed)];
  const rows = commandCatalog(plugins, { config: recordConfig({ "plugins.z.provider": "p" }) });
  const short = rows.map((row) => [row.name, row.provider?.pluginId ?? null, row.state, row.conflict]);
  expect(short).toEqual([
    ["a", "off", "disabled", false],
    ["m", null, "enabled", true],
    ["z", "p", "enabled", false],
  ]);
  const [a, m, z] = rows;
  expect(a!.providers).toEqual([{ pluginId: "off", source: "user", isOn: false }]);
  expect(m).toMatchObject({ requiresSelection: true, selectedExplicitly: false, command: null });
  expect(m!.about).toBe("choose a provider: osp plugins select-provider m ID, or --plugin-provider ID");
  expect(z).toMatchObject({ requiresSelection: false, selectedExplicitly: true, warnings: [], command: { name: "z" } });
  expect(z!.providers.map(({ pluginId, isOn }) => [pluginId, isOn])).toEqual([
    ["off", false],
    ["p", true],
  ]);
});

test("the catalog says when a chosen provider is none, and has no hidden command", () => {
  const config = recordConfig({ "plugins.one.provider": "gone" });
  const rows = commandCatalog([plugin("a", ["one", "two"])], { config, visiblePlugins: "one" });
  expect(rows.map(({ name, selectedExplicitly }) => [name, selectedExplicitly])).toEqual([["one", false]]);
  expect(rows[0]!.warnings).toEqual([expect.stringContaining('"gone" does not offer "one" any more')]);
});
