// The host that runs on, as a real process: how it starts, answers, is found, and ends.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { startServer } from "../helpers/http-server.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { delta, event, startModelServer } from "../helpers/model-server.ts";
import { runCli } from "../helpers/run-cli.ts";
import { createKey, startServe } from "../helpers/serve.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

/** The environment of somebody with a data folder of their own. */
function newcomer(): Record<string, string> & { readonly OSAURUS_HOME: string } {
  return { ...home.env, OSAURUS_HOME: mkdtempSync(join(home.path, "data-")) };
}

const osaurus = (args: readonly string[], env: Record<string, string>) => runCli(args, { program: "osaurus", env });

const serveFile = (env: { OSAURUS_HOME: string }) => join(env.OSAURUS_HOME, "run", "serve.json");

async function addScript(env: Record<string, string>, script: object): Promise<void> {
  const path = join(env["OSAURUS_HOME"]!, "script.json");
  writeFileSync(path, JSON.stringify(script));
  expect(await osaurus(["providers", "add", "scripted", "--script", path], env)).toMatchObject({ code: 0 });
}

test("serve answers stock clients, with the agent's tools and with a key that was made meanwhile", async () => {
  const env = newcomer();
  installFixture(env.OSAURUS_HOME, "echoes-input", { consent: ["calendar", "network"] });
  const { url, child, result } = await startServe(env);
  const [key] = await Promise.all([
    createKey(env, "--name", "e2e"),
    addScript(env, {
      turns: [
        { tool_calls: [{ name: "checked", arguments: { n: 41 } }] },
        { text: ["The tool said: ", "{{last_tool}}"] },
      ],
    }),
  ]);
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const chat = { model: "default", messages: [{ role: "user" as const, content: "hi" }] };
  const [tool] = (await client.chat.completions.create(chat)).choices;
  expect(tool!.message.content).toContain("The tool said: ");
  expect(await osaurus(["keys", "revoke", "e2e"], env)).toMatchObject({ code: 0 });
  await expect
    .poll(() => fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } }).then(({ status }) => status))
    .toBe(401);
  child.kill("SIGTERM");
  expect(await result).toMatchObject({ code: 0, stdout: `${url}\n` });
});

test("status and stop find the host that serves, and nothing is left of it afterwards", async () => {
  const env = newcomer();
  expect(await osaurus(["status"], env)).toMatchObject({ code: 10 });
  const { url, child, result } = await startServe(env);
  const status = await osaurus(["status", "--json"], env);
  expect(JSON.parse(status.stdout)).toEqual({ running: true, pid: child.pid, url });
  expect(statSync(serveFile(env)).mode & 0o777).toBe(0o600);
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect(await osaurus(["stop"], env)).toMatchObject({ code: 0 });
  expect(await result).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(serveFile(env))).toBe(false);
  const after = await osaurus(["status", "--json"], env);
  expect([after.code, JSON.parse(after.stdout).error.code]).toEqual([10, "host_not_running"]);
  expect((await osaurus(["stop", "--json"], env)).code).toBe(10);
});

test("serve with --json prints one document when it is ready", async () => {
  const { url, child } = await startServe(newcomer(), ["--json"]);
  expect(JSON.parse(url)).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: child.pid });
});

test("a second host on the same data folder is refused, and the first goes on", async () => {
  const env = newcomer();
  const { url } = await startServe(env);
  const second = await osaurus(["serve", "--port", "0", "--json"], env);
  expect([second.code, JSON.parse(second.stdout).error.code]).toEqual([20, "host_in_use"]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test("a host whose data folder another one took over, because it stood still, ends and says so", async () => {
  const env = newcomer();
  const { result } = await startServe(env);
  const lock = join(env.OSAURUS_HOME, "run", "host.lock");
  const theirs = "1 100 other-computer/pid:[1] 0";
  writeFileSync(lock, theirs);
  expect(await result).toMatchObject({ code: 20, stderr: expect.stringContaining("took the data folder over") });
  expect(readFileSync(lock, "utf8")).toBe(theirs);
});

test("a port that is taken is refused with what to do", async () => {
  const { url } = await startServer({});
  const refused = await osaurus(["serve", "--port", new URL(url).port, "--json"], newcomer());
  expect(refused.code).toBe(20);
  expect(JSON.parse(refused.stdout).error).toMatchObject({
    code: "listen_failed",
    hint: expect.stringContaining("--port"),
  });
});

test.each([
  ["--port", "65536"],
  ["--port", "x"],
  ["--host", "http://x"],
  ["--allow-host", "a/b"],
])("%s %s is refused", async (option, value) => {
  expect(await osaurus(["serve", option, value], newcomer())).toMatchObject({ code: 2, stdout: "" });
});

test("a name that was allowed is let in, and others are not", async () => {
  const { url } = await startServe(newcomer(), ["--allow-host", "osprey.example"]);
  const port = new URL(url).port;
  const asked = async (host: string) => {
    const { request } = await import("node:http");
    const sent = request({ port, host: "127.0.0.1", path: "/health", headers: { host } }).end();
    const [response] = await once(sent, "response");
    response.resume();
    return response.statusCode as number;
  };
  expect([await asked("osprey.example"), await asked("other.example")]).toEqual([200, 403]);
});

test("a plugin that does not load is named, and the host is ready all the same", async () => {
  const env = newcomer();
  installFixture(env.OSAURUS_HOME, "load-init-null");
  installFixture(env.OSAURUS_HOME, "echoes");
  const serving = await startServe(env);
  await serving.stderrContains('plugin "test.load-init-null" is failed');
  expect((await fetch(`${serving.url}/ready`)).status).toBe(200);
});

describe("SIGTERM", () => {
  test("lets an answer that is under way come to its end", async () => {
    const env = newcomer();
    const goOn = Promise.withResolvers<void>();
    const upstream = await startModelServer();
    upstream.answers(async (response, request) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event(delta({ content: "Hel" })));
      await goOn.promise;
      const rest = [
        event(delta({ content: "lo" })),
        event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
      ];
      response.end(`${rest.join("")}data: [DONE]\n\n`);
      await request.over;
    });
    await osaurus(["providers", "add", "up", "--base-url", upstream.url, "--model", "test-model"], env);
    const { url, child, result } = await startServe(env);
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: await createKey(env), maxRetries: 0 });
    const chunks = await client.chat.completions.create({
      model: "test-model",
      messages: [{ role: "user", content: "x" }],
      stream: true,
    });
    let text = "";
    for await (const { choices } of chunks) {
      text += choices[0]?.delta.content ?? "";
      if (text !== "Hel") continue;
      child.kill("SIGTERM");
      // It takes nothing new by now.
      await expect
        .poll(() =>
          fetch(`${url}/health`).then(
            () => "answered",
            () => "refused",
          ),
        )
        .toBe("refused");
      goOn.resolve();
    }
    expect(text).toBe("Hello");
    expect(await result).toMatchObject({ code: 0 });
  });

  test("ends a host that is still loading its plugins", async () => {
    const env = newcomer();
    installFixture(env.OSAURUS_HOME, "load-init-hangs");
    const { startCli } = await import("../helpers/run-cli.ts");
    const { child, result } = startCli(["serve", "--port", "0", "--log"], { program: "osaurus", env });
    const loading = join(env.OSAURUS_HOME, "run");
    await expect.poll(() => existsSync(join(loading, "host.lock"))).toBe(true);
    child.kill("SIGTERM");
    expect(await result).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("what a host left behind that died", () => {
  test("is not taken for a host that serves, and not in the way of the next", async () => {
    const env = newcomer();
    const dead = await startServe(env);
    dead.child.kill("SIGKILL");
    await dead.result;
    expect(existsSync(serveFile(env))).toBe(true);
    expect((await osaurus(["status"], env)).code).toBe(10);
    const next = await startServe(env);
    expect(JSON.parse((await osaurus(["status", "--json"], env)).stdout)).toMatchObject({ pid: next.child.pid });
  });

  test("does not make stop hit another process that has its number now", async () => {
    const env = newcomer();
    const dead = await startServe(env);
    dead.child.kill("SIGKILL");
    await dead.result;
    const stranger = spawn("sleep", ["1000"]);
    onTestFinished(() => void stranger.kill("SIGKILL"));
    await once(stranger, "spawn");
    const left = JSON.parse(readFileSync(serveFile(env), "utf8"));
    const mark = `${stranger.pid} ${left.mark.split(" ").slice(1).join(" ")}`;
    writeFileSync(serveFile(env), JSON.stringify({ ...left, pid: stranger.pid, mark }));
    expect((await osaurus(["stop"], env)).code).toBe(10);
    expect(stranger.signalCode).toBeNull();
    // Where it is not known when processes began, the host has to answer; whoever asks finds nobody.
    const [, , space] = left.mark.split(" ");
    const uncertain = { ...left, pid: stranger.pid, mark: `${stranger.pid} - ${space}` };
    const { socket: _, ...older } = uncertain;
    for (const file of [uncertain, older]) {
      writeFileSync(serveFile(env), JSON.stringify(file));
      expect((await osaurus(["status"], env)).code).toBe(10);
      expect((await osaurus(["stop"], env)).code).toBe(10);
      expect(stranger.signalCode).toBeNull();
    }
    // One that says that it is a host, or the stranger's own mark, would have hit it.
    const { url } = await startServer({ "/health": '{"status":"ok"}' });
    writeFileSync(serveFile(env), JSON.stringify({ ...older, url }));
    const gone = once(stranger, "exit");
    expect((await osaurus(["stop"], env)).code).toBe(0);
    await gone;
  });

  test("does not hide a host of an older build, which takes no commands, or one whose start is not known", async () => {
    const env = newcomer();
    const { child, url, result } = await startServe(env);
    const { socket, ...older } = JSON.parse(readFileSync(serveFile(env), "utf8"));
    const mark = older.mark.replace(/ \S+ /, " - ");
    for (const file of [older, { ...older, mark }, { ...older, mark, socket }]) {
      writeFileSync(serveFile(env), JSON.stringify(file));
      const { stdout } = await osaurus(["status", "--json"], env);
      expect(JSON.parse(stdout)).toEqual({ running: true, pid: child.pid, url });
    }
    expect((await osaurus(["stop"], env)).code).toBe(0);
    expect((await result).code).toBe(0);
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    '{"pid":1}',
    '{"pid":1,"url":"x","mark":"2 - x"}',
    '{"pid":-1,"url":"x","mark":"-1 - x"}',
  ])("may be damaged: %j", async (text) => {
    const env = newcomer();
    const { mkdirSync } = await import("node:fs");
    mkdirSync(join(env.OSAURUS_HOME, "run"));
    writeFileSync(serveFile(env), text);
    expect((await osaurus(["status"], env)).code).toBe(10);
  });
});
