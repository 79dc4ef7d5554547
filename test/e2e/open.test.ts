// `osaurus open`, `osaurus ui` and `osaurus tunnel` as somebody types them, with a host that serves and without one.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../../src/commands/open-browser.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { PageNames } from "../../src/server/plugins/page-names.ts";
import { openRelay } from "../../src/server/relay/open-relay.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { type CliResult, runCli, type StartedCli, startCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const ID = "test.says-who-asks-its-owner";
const BROWSER = process.platform === "darwin" ? "open" : "xdg-open";

const home = makeTempHome();
const env = { ...home.env };
let host: StartedCli;
let url = "";
beforeAll(async () => {
  const folder = installFixture(env["OSAURUS_HOME"]!, "says-who-asks-its-owner");
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><title>page</title><p>mine");
  installFixture(env["OSAURUS_HOME"]!, "echoes");
  const wrong = { OSAURUS_RELAY_URL: "http://127.0.0.1:1/x" };
  host = startCli(["serve", "--port", "0", "--public-url", "https://osprey.example"], {
    program: "osaurus",
    env: { ...env, ...wrong },
  });
  await new Promise<void>((resolve) => {
    host.child.stdout!.on("data", (chunk: Buffer) => {
      url += chunk.toString("utf8");
      if (url.endsWith("\n")) resolve();
    });
  });
  url = url.trim();
});
afterAll(async () => {
  host.child.kill("SIGTERM");
  await host.result;
  home.remove();
});

const osaurus = (args: readonly string[], more: Record<string, string> = {}): Promise<CliResult> =>
  runCli(args, { program: "osaurus", env: { ...env, ...more } });

interface Got {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** As a browser does, which finds every name below localhost on this machine. */
async function get(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Got> {
  const { host: name, port, pathname, search } = new URL(address);
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const options = { host: "127.0.0.1", port, path: `${pathname}${search}`, agent: false };
  request({ ...options, headers: { host: name, ...headers } }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
  })
    .on("error", reject)
    .end();
  return await promise;
}

describe("open", () => {
  test("prints a link that leads to the page once, with a cookie for that plugin alone", async () => {
    const { code, stdout } = await osaurus(["open", ID, "--print"]);
    expect(code).toBe(0);
    const link = new URL(stdout.trim());
    expect(`${stdout}`).toBe(`${link.href}\n`);
    expect([link.hostname, link.port]).toEqual([new PageNames(env["OSAURUS_HOME"]!).hostOf(ID), new URL(url).port]);
    const first = await get(link.href);
    const [cookie] = first.headers["set-cookie"] as string[];
    expect(cookie).toMatch(/^osr_session=[\w-]{43};/);
    for (const part of ["HttpOnly", "SameSite=Strict", `Path=/plugins/${ID}/`]) expect(cookie).toContain(part);
    const next = new URL(first.headers["location"] as string, link).href;
    const page = await get(next, { cookie: cookie!.split(";")[0]!, "sec-fetch-site": "none" });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("<p>mine")]);
    expect((await get(link.href)).status).toBe(401);
    expect((await get(next, { "sec-fetch-mode": "navigate" })).status).toBe(401);
    // Under a public name a proxy may stand in front: being on this machine is not enough.
    expect((await get(next)).status).toBe(404);
  });

  test("prints for programs, for the agent that is named", async () => {
    const made = JSON.parse((await osaurus(["agents", "create", "--name", "reader", "--json"])).stdout);
    const { stdout } = await osaurus(["open", ID, "--agent", "reader", "--print", "--json"]);
    const row = JSON.parse(stdout);
    expect(row).toEqual({ plugin_id: ID, agent_id: made.id, url: expect.stringContaining(`osr_agent=${made.id}`) });
    expect(await osaurus(["open", ID, "--agent", "nobody", "--print"])).toMatchObject({ code: 10 });
  });

  test("hands the link to the browser as one argument, and does not print it", async () => {
    const folder = mkdtempSync(join(home.path, "bin-"));
    const seen = join(folder, "seen");
    const script = `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > "${seen}.part" && mv "${seen}.part" "${seen}"\n`;
    writeFileSync(join(folder, BROWSER), script);
    chmodSync(join(folder, BROWSER), 0o755);
    const { code, stdout, stderr } = await osaurus(["open", ID], { PATH: `${folder}:${env["PATH"]}` });
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).not.toContain("osr_open");
    await expect.poll(() => existsSync(seen)).toBe(true);
    const [count, link] = readFileSync(seen, "utf8").split("\n");
    expect(count).toBe("1");
    expect((await get(link!)).status).toBe(303);
  });

  test("without a browser names the way that needs none", async () => {
    const folder = mkdtempSync(join(home.path, "no-browser-"));
    writeFileSync(join(folder, BROWSER), "#!/bin/sh\nexit 3\n");
    chmodSync(join(folder, BROWSER), 0o755);
    const { code, stderr } = await osaurus(["open", ID], { PATH: `${folder}:${env["PATH"]}` });
    expect([code, stderr]).toEqual([20, expect.stringContaining("[browser_missing]")]);
    expect(stderr).toContain("--print");
    await expect(
      openBrowser("http://127.0.0.1/", { PATH: mkdtempSync(join(home.path, "empty-")) }),
    ).rejects.toMatchObject({ code: "browser_missing", message: expect.stringContaining("there is none") });
  });

  test("says what is wrong when there is no such page", async () => {
    const failures = [
      [["open", "test.nothing", "--print"], 10, "plugin_unknown"],
      [["open", "test.echoes", "--print"], 10, "web_ui_missing"],
    ] as const;
    for (const [args, exit, error] of failures) {
      const { code, stdout, stderr } = await osaurus([...args, "--json"]);
      expect([code, JSON.parse(stdout || stderr).error.code]).toEqual([exit, error]);
    }
  });

  test("without a host says so", async () => {
    const empty = { OSAURUS_HOME: mkdtempSync(join(home.path, "empty-")) };
    const { code, stderr } = await osaurus(["open", ID, "--print"], empty);
    expect([code, stderr]).toEqual([10, expect.stringContaining("[host_not_running]")]);
  });
});

describe("ui", () => {
  test("prints a link to the dashboard that signs in once, or opens it and prints nothing", async () => {
    const { code, stdout } = await osaurus(["ui", "--print"]);
    const link = new URL(stdout.trim());
    expect([code, link.hostname, link.port, link.pathname]).toEqual([0, "localhost", new URL(url).port, "/"]);
    const first = await get(link.href);
    const [cookie] = first.headers["set-cookie"] as string[];
    expect([first.status, first.headers["location"]]).toEqual([303, "/"]);
    const session = await get(`${link.origin}/api/v1/session`, { cookie: cookie!.split(";")[0]! });
    expect([session.status, JSON.parse(session.text).key.name]).toEqual([200, "local"]);
    expect((await get(link.href)).status).toBe(401);
    expect(JSON.parse((await osaurus(["ui", "--print", "--json"])).stdout)).toEqual({
      url: expect.stringMatching(/^http:\/\/localhost:\d+\/\?osr_open=[\w-]{43}$/),
    });
    const folder = mkdtempSync(join(home.path, "bin-"));
    const seen = join(folder, "seen");
    writeFileSync(
      join(folder, BROWSER),
      `#!/bin/sh\nprintf '%s' "$1" > "${seen}.part" && mv "${seen}.part" "${seen}"\n`,
    );
    chmodSync(join(folder, BROWSER), 0o755);
    const opened = await osaurus(["ui"], { PATH: `${folder}:${env["PATH"]}` });
    expect([opened.code, opened.stdout]).toEqual([0, ""]);
    expect(opened.stderr).not.toContain("osr_open");
    await expect.poll(() => existsSync(seen)).toBe(true);
    expect((await get(readFileSync(seen, "utf8"))).status).toBe(303);
  });

  test("without a host says so", async () => {
    const { code, stderr } = await osaurus(["ui"], { OSAURUS_HOME: mkdtempSync(join(home.path, "empty-")) });
    expect([code, stderr]).toEqual([10, expect.stringContaining("[host_not_running]")]);
  });
});

describe("serve --public-url", () => {
  test("lets the host be asked under that name, and no other", async () => {
    expect((await get(`${url}/health`, { host: "osprey.example" })).status).toBe(200);
    expect((await get(`${url}/health`, { host: "other.example" })).status).toBe(403);
    const key = readFileSync(join(env["OSAURUS_HOME"]!, "run", "token"), "utf8").trim();
    const facts = await get(`${url}/api/v1/host`, { authorization: `Bearer ${key}` });
    expect(JSON.parse(facts.text)).toMatchObject({ url: "https://osprey.example" });
  });

  test("takes no path, no other scheme, and nothing that is no name", async () => {
    const wrong = ["https://osprey.example/x", "ftp://osprey.example", "osprey.example", "https://a:b@osprey.example"];
    const results = await Promise.all(wrong.map((one) => osaurus(["serve", "--public-url", one])));
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  });
});

describe("tunnel", () => {
  test("is connected and disconnected; a host that starts anew connects it again, until nobody wants it", async () => {
    const relay = await openRelay({ host: "127.0.0.1", port: 0 });
    const mine = {
      OSAURUS_HOME: mkdtempSync(join(home.path, "tunnel-")),
      OSAURUS_RELAY_URL: `${relay.url.replace("http", "ws")}/tunnel/connect`,
    };
    const status = async () => JSON.parse((await osaurus(["tunnel", "status", "--json"], mine)).stdout);
    const first = await startServe({ ...env, ...mine });
    expect(await status()).toMatchObject({ connected: false, state: "off", relay_url: mine.OSAURUS_RELAY_URL });
    const { code, stdout } = await osaurus(["tunnel", "connect", "--json"], mine);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ connected: true, state: "connected" })]);
    const [agent] = (await status()).agents;
    expect(agent).toMatchObject({ id: DEFAULT_AGENT_ID, status: "connected", url: expect.stringMatching(/^http:/) });
    first.child.kill("SIGTERM");
    await first.result;
    expect(await status()).toMatchObject({ connected: false, agents: [{ address: agent.address, url: null }] });

    const second = await startServe({ ...env, ...mine });
    await expect.poll(async () => (await status()).connected, { timeout: 5_000 }).toBe(true);
    second.child.kill("SIGTERM");
    await second.result;
    // Also while no host serves.
    expect(await osaurus(["tunnel", "disconnect"], mine)).toMatchObject({ code: 0 });
    expect(existsSync(join(mine.OSAURUS_HOME, "Config", "tunnel.json"))).toBe(false);
    await relay.close();
  });

  test("shows people a table of agents", async () => {
    const { code, stdout, stderr } = await osaurus(["tunnel", "status"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/default .* 0x[0-9a-fA-F]{40} .* disconnected/)]);
    expect(stderr).toContain("the tunnel is not connected");
  });

  test("is connected by no command without a host", async () => {
    const empty = { OSAURUS_HOME: mkdtempSync(join(home.path, "empty-")) };
    const { code, stderr } = await osaurus(["tunnel", "connect"], empty);
    expect([code, stderr]).toEqual([10, expect.stringContaining("[host_not_running]")]);
  });

  test("is not connected to what is no relay", async () => {
    const { code, stderr } = await osaurus(["tunnel", "connect"]);
    expect([code, stderr]).toEqual([20, expect.stringContaining("[relay_invalid]")]);
  });
});
