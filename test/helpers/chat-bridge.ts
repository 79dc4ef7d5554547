// The plugin of examples/chat-bridge, compiled and installed, between a chat service and an agent in a host of the test.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { createHttpServer } from "../../src/server/http-server.ts";
import { listen, stopServer } from "../../src/server/listen.ts";
import { type ChatService, startChatService, type WebhookAnswer, type WebhookRequest } from "./chat-service.ts";
import { installFixture } from "./installed-plugin.ts";
import { callsTools, type ModelAnswer, type ModelServer, startModelServer } from "./model-server.ts";
import { makeTempHome, type TempHome } from "./temp-home.ts";

const ROOT = join(import.meta.dirname, "../..");
const SUFFIX = process.platform === "darwin" ? "dylib" : "so";
export const BRIDGE = "org.example.chat-bridge";

/** Compiles the plugin; with `goal` "test", runs its own tests. Gives what was printed; fails when Rust is missing. */
export async function makeChatBridge(...goal: readonly string[]): Promise<string> {
  const args = ["-s", "-C", join(ROOT, "examples/chat-bridge"), "OUT=../../build/examples", ...goal];
  const child = spawn("make", args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const status = await new Promise((resolve) => child.once("close", resolve));
  if (status !== 0) throw new Error(`the chat bridge was not built:\n${said}`);
  return said;
}

export interface Bridge {
  readonly host: Host;
  readonly home: TempHome;
  readonly chat: ChatService;
  readonly model: ModelServer;
  /** Lines that the host and the plugin had to say. */
  readonly lines: readonly string[];
  /** Stops the host; the next one on the same folder takes its place, and the webhooks. */
  restart(): Promise<Host>;
}

export interface BridgeOptions {
  readonly answers?: readonly ModelAnswer[];
  /** Settings that are other than they should be; undefined: not set. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
}

/** All of it, until the test ends. */
export async function openBridge({ answers, settings = {} }: BridgeOptions = {}): Promise<Bridge> {
  const home = makeTempHome();
  onTestFinished(() => home.remove());
  const library = join(ROOT, "build/examples", `chat-bridge.${SUFFIX}`);
  installFixture(home.env["OSAURUS_HOME"]!, "chat-bridge", { id: BRIDGE, library, consent: ["network"] });
  const chat = await startChatService();
  const model = await startModelServer(answers === undefined ? {} : { answers });
  const lines: string[] = [];
  let { host, url, stop } = await serveBridge(home, lines);
  onTestFinished(() => stop());
  await (await host.models()).addProvider({ name: "demo", baseUrl: model.url }, new AbortController().signal);
  const { hostname, port } = new URL(chat.url);
  await (await host.permissions()).allowHost({ pluginId: BRIDGE, host: hostname, port: Number(port) });
  const all = { base_url: chat.url, bot_token: chat.token, webhook_secret: chat.secret, ...settings };
  for (const [key, value] of Object.entries(all)) {
    if (value === undefined) continue;
    await (await host.settings()).set({ pluginId: BRIDGE, agentId: DEFAULT_AGENT_ID, key }, value);
  }
  chat.connect((request) => callWebhook(url, request));
  return {
    get host() {
      return host;
    },
    home,
    chat,
    model,
    lines,
    async restart() {
      await stop();
      ({ host, url, stop } = await serveBridge(home, lines));
      return host;
    },
  };
}

interface ServedBridge {
  readonly host: Host;
  /** Without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

async function serveBridge(home: TempHome, lines: string[]): Promise<ServedBridge> {
  const paths = resolvePaths({ env: home.env, platform: process.platform });
  const onPluginLine = ({ level, text }: { level: string; text: string }) => void lines.push(`${level}: ${text}`);
  const host = createHost({ paths, env: home.env, cwd: home.path, follow: true, onPluginLine });
  const noteBug = (_: string, cause: unknown) => void lines.push(`error: ${cause}`);
  const server = await createHttpServer(host, { names: new Set(), data: paths.data, noteBug });
  const url = await listen(server, { host: "127.0.0.1", port: 0 });
  return {
    host,
    url,
    async stop() {
      await stopServer(server, 100);
      await host.stop();
    },
  };
}

/** As the service does it: the agent stands in the address that it was given. */
async function callWebhook(url: string, { headers, body }: WebhookRequest): Promise<WebhookAnswer> {
  const address = `${url}/plugins/${BRIDGE}/webhook?osr_agent=${DEFAULT_AGENT_ID}`;
  const response = await fetch(address, { method: "POST", headers: { ...headers }, body });
  return { status: response.status, body: await response.text() };
}

/** The model calls `reply` with the token that it was given last. */
export function replies(...texts: readonly string[]): ModelAnswer {
  return (response, request) => {
    const reply_token = newestToken(request.body.messages);
    const calls = texts.map((text, index) => ({
      name: "reply",
      id: `call_${index}`,
      arguments: { reply_token, text },
    }));
    return callsTools(...calls)(response, request);
  };
}

/** The token in the newest message of the user that has one. */
export function newestToken(messages: readonly { readonly role: string; readonly content: unknown }[]): string {
  const said = messages.filter(({ role }) => role === "user").map(({ content }) => String(content));
  const tokens = said.flatMap((text) => /\[reply_token (\S+) from /.exec(text)?.[1] ?? []);
  return tokens.at(-1) ?? "no token";
}
