// From a webhook to a plugin through everything that is real: `osaurus relay`, `osaurus serve`, `osaurus tunnel`.

import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { osaurusUser } from "../helpers/osaurus-user.ts";
import { ask, RelayHost, testAgent } from "../helpers/relay-host.ts";
import { runCli } from "../helpers/run-cli.ts";
import { createKey, startServe } from "../helpers/serve.ts";
import { startRelay } from "../helpers/start-relay.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

interface Status {
  readonly connected: boolean;
  readonly agents: readonly {
    readonly id: string;
    readonly name: string;
    readonly address: string;
    readonly url: string | null;
  }[];
}

/** What a plugin's route was asked, as it says itself. */
interface Said {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly osaurus: { readonly base_url: string; readonly plugin_url: string; readonly agent_address: string };
}

const PUBLIC = "/plugins/test.says-who-asks-in-public";
const TOLD = "/plugins/test.tells-its-tunnel-url/told";
const WAIT = { timeout: 20_000, interval: 200 };

/** Somebody with two agents, a plugin with routes of all kinds, and one that says what it was told. */
async function somebody(relayUrl: string) {
  const user = osaurusUser(home);
  const folder = installFixture(user.data, "says-who-asks-in-public");
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><title>in public</title>");
  installFixture(user.data, "tells-its-tunnel-url");
  expect(await user.osaurus("agents", "create", "--name", "Ada")).toMatchObject({ code: 0 });
  const env = { ...home.env, OSAURUS_HOME: user.data, OSAURUS_RELAY_URL: relayUrl };
  const status = () => user.json<Status>("tunnel", "status");
  const until = (isConnected: boolean) => vi.waitUntil(async () => (await status()).connected === isConnected, WAIT);
  return { ...user, env, status, until };
}

test("a webhook at an agent's public address reaches the plugin, and nothing that is not exposed does", async () => {
  const relay = await startRelay(home.env);
  const { json, status, env } = await somebody(relay.connectUrl);
  const serve = await startServe(env);
  const before = await status();
  expect(before.connected).toBe(false);
  const key = await createKey(env, "--name", "e2e");
  const connected = await json<Status>("tunnel", "connect");
  expect(connected.connected).toBe(true);
  expect(connected.agents.map(({ address }) => address)).toEqual(before.agents.map(({ address }) => address));
  for (const { address, url } of connected.agents) {
    expect(address).toMatch(/^0x[0-9a-f]{40}$/);
    expect(url).toBe(`http://${address}.localhost:${relay.port}`);
  }
  expect(connected.agents.map(({ name }) => name)).toEqual(["default", "Ada"]);
  const [other, ada] = connected.agents;
  const name = new URL(ada!.url!).host;

  // The webhook, with a claim to be for another agent.
  const hook = await ask(relay.port, name, {
    method: "POST",
    path: `${PUBLIC}/public?osr_agent=${other!.id}&x=%C3%BC`,
    body: '{"event":"größer"}',
    headers: { "content-type": "application/json", "x-osaurus-agent-id": other!.id, cookie: "osr_session=x; a=b" },
  });
  expect(hook.status).toBe(200);
  const said = JSON.parse(hook.body) as Said;
  expect(said.osaurus).toEqual({
    base_url: ada!.url,
    plugin_url: `${ada!.url}${PUBLIC}`,
    agent_address: ada!.address,
  });
  expect(said.body).toBe('{"event":"größer"}');
  expect(said.headers).toMatchObject({ "x-forwarded-for": "127.0.0.1", "x-agent-address": ada!.address });
  expect(said.headers["cookie"]).toBeUndefined();
  expect(said.headers["x-osaurus-agent-id"]).not.toBe(other!.id);

  // What wants a key wants it here too, and gets it.
  const bearer = { authorization: `Bearer ${key}` };
  const mine = (headers: Record<string, string>) => ask(relay.port, name, { path: `${PUBLIC}/public-mine`, headers });
  expect((await mine({})).status).toBe(401);
  expect((await mine(bearer)).status).toBe(200);
  expect((await ask(relay.port, name, { path: `${PUBLIC}/ui/` })).body).toContain("<title>in public</title>");

  // All else is not there, with a key as well; and to each other these look the same.
  const hidden = [
    ...["/open", "/verified", "/mine", "/files/a", "/none"].map((path) => `${PUBLIC}${path}`),
    ...[
      "/plugins/test.not-there/a",
      "/health",
      "/ready",
      "/metrics",
      "/v1/models",
      "/api/v1/agents",
      "/mcp",
      "/",
      "/openapi.json",
    ],
  ];
  const answers = await Promise.all(hidden.map((path) => ask(relay.port, name, { path, headers: bearer })));
  for (const { status, body } of answers) expect([status, body]).toEqual([404, answers[0]!.body]);
  expect(JSON.parse(answers[0]!.body)).toEqual({ error: { message: "No matching route" } });
  // They are there, for this machine.
  for (const path of hidden.slice(0, 4).concat("/health", "/metrics", "/v1/models", "/api/v1/agents")) {
    const headers = { ...bearer, "x-osaurus-agent-id": ada!.id };
    expect([path, (await fetch(`${serve.url}${path}`, { headers })).status]).toEqual([path, 200]);
  }
});

test("a relay that dies and comes back is found again, plugins hear of all of it, and a new start connects again", async () => {
  const first = await startRelay(home.env);
  const { json, until, status, env } = await somebody(first.connectUrl);
  const serve = await startServe(env);
  const { agents } = await json<Status>("tunnel", "connect");
  const urls = agents.map(({ id, url }) => [id, "tunnel_url", url]);
  const ada = new URL(agents[1]!.url!).host;

  /** What the plugin was told since it was asked last, once all of it is there. */
  const told = async (url: string, wanted: readonly unknown[]) => {
    const all: unknown[] = [];
    const headers = { "x-osaurus-agent-id": agents[1]!.id };
    await vi.waitUntil(async () => {
      const text = await (await fetch(`${url}${TOLD}`, { headers })).text();
      const { told: more } = JSON.parse(text.slice("data: ".length)) as { told: unknown[] };
      all.push(...more);
      return wanted.every((one) => all.some((other) => JSON.stringify(other) === JSON.stringify(one)));
    }, WAIT);
    return all;
  };
  await told(serve.url, urls);
  // A stream through the tunnel, from which the plugin's own view is seen.
  const seen = await ask(first.port, ada, { path: TOLD });
  expect(seen.headers["content-type"]).toBe("text/event-stream");
  expect(seen.body).toContain(`"now":"${agents[1]!.url}"`);

  first.child.kill("SIGKILL");
  await first.result;
  await until(false);
  expect((await status()).agents.map(({ url }) => url)).toEqual([null, null]);
  await told(
    serve.url,
    agents.map(({ id }) => [id, "tunnel_url", ""]),
  );

  const second = await startRelay(home.env, ["--port", String(first.port)]);
  await until(true);
  // All settings, for whatever has to be registered anew with a service.
  await told(serve.url, [...urls, ...agents.map(({ id }) => [id, "name", "somebody"])]);

  serve.child.kill("SIGTERM");
  expect(await serve.result).toMatchObject({ code: 0 });
  await vi.waitUntil(async () => (await ask(second.port, ada)).status === 502, WAIT);
  const again = await startServe(env);
  await until(true);
  await told(again.url, urls);
  expect((await ask(second.port, ada, { path: TOLD })).status).toBe(200);

  expect(await json<Status>("tunnel", "disconnect")).toMatchObject({ connected: false });
  const gone = await ask(second.port, ada, { path: TOLD });
  expect([gone.status, JSON.parse(gone.body)]).toMatchObject([502, { error: { code: "agent_offline" } }]);
  expect(existsSync(join(env.OSAURUS_HOME, "Config/tunnel.json"))).toBe(false);
});

test("a relay for some agents keeps others out, who are told why", async () => {
  const relay = await startRelay(home.env, ["--port", "0", "--allow", testAgent(1).address]);
  const other = new RelayHost(relay.url);
  await expect(other.signIn([testAgent(2)])).rejects.toThrow();
  expect((await other.next("auth_error")).error).toContain("is not allowed at this relay");
  expect((await new RelayHost(relay.url).signIn([testAgent(1)])).agents).toHaveLength(1);
});

test("a relay needs no folder of its own, says where it is, lets what is open finish, and exits 0", async () => {
  const data = join(home.path, "no-data");
  const env = { ...home.env, OSAURUS_HOME: data };
  const relay = await startRelay(env, ["--port", "0", "--public-url", "https://agents.example.org"]);
  expect(relay.connectUrl).toBe("wss://agents.example.org/tunnel/connect");
  await relay.stderrContains("anybody who reaches it may have a public address here");
  expect((await fetch(`${relay.url}/health`)).status).toBe(200);
  const host = new RelayHost(relay.url);
  const { agents } = await host.signIn([testAgent(1)]);
  const asked = ask(relay.port, new URL(agents[0]!.url).host);
  const { id } = await host.next("request");
  relay.child.kill("SIGTERM");
  // It hears of it when the relay takes nothing new any more.
  await vi.waitUntil(
    () =>
      fetch(`${relay.url}/health`).then(
        () => false,
        () => true,
      ),
    WAIT,
  );
  host.send({ type: "response", id, status: 200, headers: {}, body: "still" });
  expect((await asked).body).toBe("still");
  expect(await relay.result).toMatchObject({ code: 0 });
  expect(existsSync(data)).toBe(false);
});

test.each([
  ["--public-url", "https://agents.example.org/tunnel"],
  ["--allow", "0x12"],
])("relay %s %s is refused", async (option, value) => {
  const { code, stderr, stdout } = await runCli(["relay", option, value], { program: "osaurus", env: home.env });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(`${option} takes`);
});

test("a port that another program uses is said to be", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const port = String((server.address() as AddressInfo).port);
  const { code, stderr } = await runCli(["relay", "--port", port], { program: "osaurus", env: home.env });
  expect(code).toBe(20);
  expect(stderr).toContain("another program uses it");
});
