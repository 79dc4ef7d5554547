// The key that a host leaves for commands of the same user, and what commands do when they cannot use it.

import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { runCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

function newcomer(): Record<string, string> & { readonly OSAURUS_HOME: string } {
  return { ...home.env, OSAURUS_HOME: mkdtempSync(join(home.path, "data-")) };
}

const osaurus = (args: readonly string[], env: Record<string, string>) => runCli(args, { program: "osaurus", env });
const tokenPath = (env: { OSAURUS_HOME: string }) => join(env.OSAURUS_HOME, "run", "token");
const readToken = (env: { OSAURUS_HOME: string }) => readFileSync(tokenPath(env), "utf8").trim();
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const statusWith = async (url: string, key: string, path = "/api/v1/keys") =>
  (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;

test("only its user reads the key of a host; it is another one at each start, and gone when the host is", async () => {
  const env = newcomer();
  // What somebody left there is neither kept nor followed, and the folder was open to all.
  mkdirSync(join(env.OSAURUS_HOME, "run"), { mode: 0o755 });
  writeFileSync(tokenPath(env), "osk-v1.left-by-somebody\n", { mode: 0o666 });
  const first = await startServe(env, ["--log"]);
  const key = readToken(env);
  expect(key).toMatch(/^osk-v1\.[\w-]{43}$/);
  expect([modeOf(tokenPath(env)), modeOf(join(env.OSAURUS_HOME, "run"))]).toEqual(["600", "700"]);
  expect(await statusWith(first.url, key)).toBe(200);
  expect(await statusWith(first.url, key, "/v1/models")).toBe(200);
  expect(await statusWith(first.url, `${key.slice(0, -2)}AA`)).toBe(401);
  const listed = await osaurus(["keys", "list", "--json"], env);
  expect(JSON.parse(listed.stdout)).toEqual([]);
  first.child.kill("SIGTERM");
  const { stderr } = await first.result;
  expect(stderr).toContain('"path":"/api/v1/keys"');
  expect(stderr).not.toContain(key.slice(7));
  expect(existsSync(tokenPath(env))).toBe(false);

  const second = await startServe(env);
  expect(readToken(env)).not.toBe(key);
  expect(await statusWith(second.url, key)).toBe(401);
  const kept = readdirSync(env.OSAURUS_HOME, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "token")
    .filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(readToken(env).slice(7)));
  expect(kept).toEqual([]);
});

test("a proxy of the environment does not get to see the key", async () => {
  const env = newcomer();
  await startServe(env);
  let seen = 0;
  const proxy = createServer((_, response) => {
    seen++;
    response.end("{}");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void proxy.close());
  await once(proxy, "listening");
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const proxied = { ...env, NODE_USE_ENV_PROXY: "1", HTTP_PROXY: url, http_proxy: url };
  const { code, stdout } = await osaurus(["tunnel", "status", "--json"], proxied);
  expect([code, JSON.parse(stdout).connected, seen]).toEqual([0, false, 0]);
});
