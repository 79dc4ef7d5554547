import { expect, test } from "vitest";
import { DescribeV1 } from "../../protocol/process-plugin.ts";
import { accessOf } from "./access.ts";

/** A command as a description would bring it. */
function command(members: object) {
  const head = { protocol_version: 1, plugin_id: "p", plugin_version: "1" };
  return DescribeV1.parse({ ...head, commands: [{ name: "c", ...members }] }).commands[0]!;
}

const access = (auth: unknown, words: string[] = []) => accessOf(command({ auth }), words);
const token = { state: "fresh", service: "git", min_ttl_seconds: 600 };

test("a command that asks for nothing is for everybody", () => {
  for (const auth of [undefined, null, {}, { visibility: "public" }, { visible_session: {}, run_session: {} }]) {
    expect(access(auth)).toEqual({
      visible: true,
      runnable: true,
      hint: "",
      visibility: "public",
      requiredCapabilities: [],
      featureFlags: [],
      path: ["c"],
    });
  }
});

test.each([
  ["hidden", { visibility: "hidden" }, "hidden"],
  ["behind a feature", { feature_flags: ["Beta "] }, "feature: beta"],
  ["behind features", { feature_flags: ["a", "b"] }, "features: 2"],
  ["for a session", { visible_session: { auth_strength: "strong" } }, "show: auth: strong"],
  ["for a session with a token", { visible_session: { credentials: [token] } }, "show: token: git fresh(600s)"],
])("a command that is %s does not exist here", (_, auth, hint) => {
  expect(access(auth)).toMatchObject({ visible: false, runnable: false, hint });
  expect(access(auth)).not.toHaveProperty("reason");
});

test.each([
  [{ visibility: "authenticated" }, "auth", "it is for users who are signed in"],
  [{ visibility: "capability_gated" }, "cap", "it is for users who are signed in"],
  [{ visibility: "capability_gated", required_capabilities: ["X"] }, "cap: x", "it needs the capability x"],
  [{ visibility: "capability_gated", required_capabilities: ["x", "y"] }, "caps: 2", "it needs the capabilities x, y"],
  [{ run_session: { auth_strength: "basic" } }, "run: auth: basic", "it is for users who are signed in"],
  [{ run_session: { auth_strength: "strong" } }, "run: auth: strong", "it is for users who are strongly signed in"],
  [
    {
      run_session: {
        auth_strength: "strong",
        credentials: [
          { state: "valid", service: "a" },
          { state: "present", service: "b" },
        ],
      },
    },
    "run: auth: strong, token: a valid, token: b",
    "it needs credentials for a, b",
  ],
])("a command with %j is shown and refused", (auth, hint, reason) => {
  expect(access(auth)).toMatchObject({ visible: true, runnable: false, hint, reason, remedy: expect.any(String) });
});

test("all that a command asks for is in its hint", () => {
  const auth = {
    visibility: "capability_gated",
    required_capabilities: ["x"],
    feature_flags: ["f"],
    visible_session: { auth_strength: "basic" },
    run_session: { credentials: [{ state: "fresh", service: "s" }] },
  };
  expect(access(auth).hint).toBe("cap: x; feature: f; show: auth: basic; run: token: s fresh");
});

test("the words behind a command lead to the subcommand whose rules hold", () => {
  const tree = command({
    flags: { "--user": {}, "-u": {}, "--all": { flag_only: true } },
    subcommands: [
      { name: "open" },
      {
        name: "admin",
        auth: { visibility: "authenticated" },
        flags: { "--why": {} },
        subcommands: [{ name: "secret", auth: { visibility: "hidden" } }, { name: "list" }],
      },
    ],
  });
  const path = (...words: string[]) => accessOf(tree, words).path.slice(1).join(" ");
  expect(path("open")).toBe("open");
  expect(path("ADMIN", "List")).toBe("admin list");
  expect(path("--user", "admin")).toBe("");
  expect(path("--user=x", "admin")).toBe("admin");
  expect(path("-u", "admin", "open")).toBe("open");
  expect(path("-ux", "admin")).toBe("admin");
  expect(path("--all", "admin")).toBe("admin");
  expect(path("--unknown", "admin")).toBe("admin");
  expect(path("other", "admin")).toBe("admin");
  expect(path("admin", "--user", "secret", "--why", "secret")).toBe("admin");
  expect(path("--", "admin")).toBe("");
  expect(path("__proto__", "constructor", "--toString", "admin")).toBe("admin");
  expect(accessOf(tree, ["open"])).toMatchObject({ visible: true, runnable: true });
  expect(accessOf(tree, ["admin", "list"])).toMatchObject({ visible: true, runnable: false, visibility: "public" });
  expect(accessOf(tree, ["admin", "secret"])).toMatchObject({ visible: false, runnable: false });
});

test.each([
  [undefined, true],
  ["", true],
  [" , ", true],
  ["*", true],
  ["a,*", true],
  ["a, C", true],
  ["a c b", true],
  ["a,b", false],
  ["cc", false],
])("with %j as the commands to show, c is visible: %s", (visiblePlugins, visible) => {
  expect(accessOf(command({}), [], { visiblePlugins })).toMatchObject({ visible, runnable: visible });
});
