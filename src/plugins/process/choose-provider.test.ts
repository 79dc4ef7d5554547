import { expect, test } from "vitest";
import { HostError } from "../../protocol/errors.ts";
import { chooseProvider } from "./choose-provider.ts";
import type { ProcessPlugin } from "./discover.ts";

const command = (name: string) => ({ name, about: "", auth: null, args: [], flags: {}, subcommands: [] });

function plugin(pluginId: string, names: string[], error: HostError | null = null): ProcessPlugin {
  const healthy = error === null;
  const issue = error?.message ?? null;
  const commands = names.map(command);
  return {
    pluginId,
    version: "1",
    source: "user",
    path: `/p/${pluginId}`,
    healthy,
    enabled: true,
    issue,
    error,
    commands,
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
  expect(() => chooseProvider([plugin("x", [], failed)], "four")).toThrow('plugin "x" cannot be used: it fell over');
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
