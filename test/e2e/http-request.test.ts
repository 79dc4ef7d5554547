// What plugins may reach over HTTP, through the real program: nothing on this machine, unless somebody allows it.

import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { GRANTS_FRESH_MS } from "../../src/protocol/limits.ts";
import { startServer } from "../helpers/http-server.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { startRawServer } from "../helpers/raw-server.ts";
import { type CliResult, runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const LIBRARY = nativeFixture("fetches");

/** A data folder with two plugins that make requests, and the program on it. */
function user() {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  for (const id of ["test.fetches", "test.other"]) installFixture(env.OSAURUS_HOME, "fetches", { id });
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  const argsOf = (url: string) => ["fetch", "--args", JSON.stringify({ request: { method: "GET", url } }), "--json"];
  return {
    env,
    osaurus,
    argsOf,
    fetch: async (url: string, target: readonly string[] = ["test.fetches"]) =>
      answerOf(await osaurus("tools", "call", ...target, ...argsOf(url))),
    rows: async (...args: string[]) =>
      JSON.parse((await osaurus(...args, "--json")).stdout) as Record<string, unknown>[],
  };
}

/** What the plugin got from its host. */
function answerOf(result: CliResult): Record<string, unknown> {
  const { result: text } = JSON.parse(result.stdout) as { result?: string };
  if (text === undefined) throw new Error(`no answer: ${result.stdout}\n${result.stderr}`);
  return JSON.parse(text);
}

const REFUSED = {
  error: "ssrf_blocked",
  message: "Requests to loopback addresses are blocked (SSRF protection)",
};

test("a plugin reaches nothing on this machine until somebody allows it, and no longer than that", async () => {
  const { fetch, osaurus, rows } = user();
  const server = await startServer({ "/": "hello" });
  const { host, port } = new URL(server.url);
  expect(await fetch(server.url)).toEqual(REFUSED);
  expect(await fetch(`http://localhost:${port}/`)).toEqual(REFUSED);

  // What another plugin is given helps nobody else.
  await osaurus("permissions", "allow-host", "test.other", host);
  expect(await fetch(server.url)).toEqual(REFUSED);
  const allowed = await osaurus("permissions", "allow-host", "test.fetches", host);
  expect(allowed).toMatchObject({ code: 0, stderr: `success: "test.fetches" may reach ${host}\n` });
  expect(await fetch(server.url)).toMatchObject({ status: 200, body: "hello" });
  expect(await fetch(`http://localhost:${port}/`)).toEqual(REFUSED);
  // A library that says it is the same plugin is not.
  expect(await fetch(server.url, ["--library", LIBRARY])).toEqual(REFUSED);

  const row = { host: "127.0.0.1", port: Number(port), created_at: expect.any(String) };
  expect(await rows("permissions", "list")).toEqual([
    { plugin_id: "test.fetches", ...row },
    { plugin_id: "test.other", ...row },
  ]);
  const revoked = await osaurus("permissions", "revoke-host", "test.fetches", host);
  expect(revoked).toMatchObject({ code: 0, stderr: `success: "test.fetches" may not reach ${host} any more\n` });
  expect(await fetch(server.url)).toEqual(REFUSED);
  expect(server.asked).toHaveLength(1);
});

test("a library that is called without being installed has grants of its own", async () => {
  const { fetch, osaurus } = user();
  const server = await startServer({ "/": "hello" });
  await osaurus("permissions", "allow-host", "library:test.fetches", "127.0.0.1");
  expect(await fetch(server.url, ["--library", LIBRARY])).toMatchObject({ status: 200 });
  expect(await fetch(server.url)).toEqual(REFUSED);
});

test("a grant that is taken back by another process counts for a request that is led on meanwhile", async () => {
  const { env, osaurus, argsOf } = user();
  const inside = await startServer({ "/": "inside" });
  const { promise: isAsked, resolve } = Promise.withResolvers<() => void>();
  const outside = await startServer({
    "/": (_, response) => resolve(() => response.writeHead(302, { location: inside.url }).end()),
  });
  for (const { url } of [inside, outside]) {
    await osaurus("permissions", "allow-host", "test.fetches", new URL(url).host);
  }
  const call = startCli(["tools", "call", "test.fetches", ...argsOf(outside.url)], { program: "osaurus", env });
  const leadOn = await isAsked;
  await osaurus("permissions", "revoke-host", "test.fetches", new URL(inside.url).host);
  await delay(2 * GRANTS_FRESH_MS); // That is how long a decision of another process may take to count.
  leadOn();
  expect(answerOf(await call.result)).toEqual(REFUSED);
  expect(inside.asked).toEqual([]);
});

test("removing a plugin takes back what it may reach, unless its data is kept", async () => {
  const { osaurus, rows } = user();
  for (const id of ["test.fetches", "test.other"]) await osaurus("permissions", "allow-host", id, "nas.local");
  await osaurus("tools", "uninstall", "test.other", "--keep-data");
  expect(await rows("permissions", "list")).toHaveLength(2);
  await osaurus("tools", "uninstall", "test.fetches");
  expect(await rows("permissions", "list")).toMatchObject([{ plugin_id: "test.other", host: "nas.local" }]);
});

test("a call that is interrupted ends its request", async () => {
  const { env, osaurus, argsOf } = user();
  const { promise: connected, resolve } = Promise.withResolvers<Socket>();
  const server = await startRawServer(resolve);
  await osaurus("permissions", "allow-host", "test.fetches", "127.0.0.1");
  const url = `http://127.0.0.1:${server.port}/`;
  const call = startCli(["tools", "call", "test.fetches", ...argsOf(url)], { program: "osaurus", env });
  await connected;
  call.child.kill("SIGINT");
  expect((await call.result).code).toBe(130);
  await server.allClosed();
});

test("decisions about tools and about hosts stand in one list, and a table has a column for hosts when there are any", async () => {
  const { osaurus, rows } = user();
  await osaurus("permissions", "set", "library:x/y", "deny");
  expect((await osaurus("permissions", "list")).stdout).not.toContain("host");
  await osaurus("permissions", "allow-host", "library:x", "[FD00:0::1]:8080");
  expect(await rows("permissions", "list")).toMatchObject([
    { plugin_id: "library:x", tool: "y", agent_id: null, policy: "deny", source: "settings" },
    { plugin_id: "library:x", host: "[fd00::1]", port: 8080 },
  ]);
  const table = (await osaurus("permissions", "list")).stdout;
  expect(table).toMatch(/^\| plugin_id +\| host +\| tool /m);
  expect(table).toMatch(/^\| library:x +\| \[fd00::1\]:8080 +\| /m);
});

test("scripts get the grant, or those that were taken back; what is still there is told to people", async () => {
  const { osaurus } = user();
  const json = async (...args: string[]) => JSON.parse((await osaurus("permissions", ...args, "--json")).stdout);
  const row = (port: number | null) => ({ plugin_id: "p", host: "nas.local", port });
  expect(await json("allow-host", "p", "NAS.local.")).toEqual(row(null));
  expect(await json("allow-host", "p", "nas.local:80")).toEqual(row(80));
  expect((await osaurus("permissions", "allow-host", "p", "nas.local")).stderr).toContain("already");
  const one = await osaurus("permissions", "revoke-host", "p", "nas.local:80");
  expect(one.stderr).toMatch(/may not reach nas\.local:80 any more\nwarning: "p" may still reach nas\.local:/);
  expect(await json("revoke-host", "p", "nas.local")).toEqual([row(null)]);
  expect(await json("revoke-host", "p", "nas.local")).toEqual([]);
  expect((await osaurus("permissions", "revoke-host", "p", "nas.local")).stderr).toContain("nothing to take back");
});

test.each([
  ["a plugin that can be none", ["a/b", "nas.local"]],
  ["a URL", ["p", "http://nas.local/"]],
  ["a port that is none", ["p", "nas.local:0"]],
  ["no host", ["p"]],
  ["a network", ["p", "10.0.0.0/8"]],
])("%s is refused, and nothing is written", async (_what, args) => {
  const { osaurus, rows } = user();
  for (const word of ["allow-host", "revoke-host"]) {
    const result = await osaurus("permissions", word, ...args, "--json");
    expect([result.code, JSON.parse(result.stdout).error.code]).toEqual([2, "usage_invalid"]);
  }
  expect(await rows("permissions", "list")).toEqual([]);
});
