// Opens a plugin for its tests: a real host in a home of its own, in which the plugin is installed and loaded. What differs
// from a host that people use is what stands around it: the network, the clock, the models, and a runner that counts.

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { builtProgram } from "../base/package-root.ts";
import { createHost, type Host } from "../host/create-host.ts";
import { openStores, type Stores } from "../host/stores.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import type { OpenPluginOptions } from "./api.ts";
import { readExchanges, writeExchanges } from "./exchange-file.ts";
import { LoadedKit } from "./plugin-kit.ts";
import { recording, replayed, type TestNetwork } from "./recorded-http.ts";
import { roomFailure, withRoom } from "./scratch-folder.ts";
import { Seen } from "./seen.ts";
import { choosePlugin, stagePlugin } from "./stage-plugin.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";
import { makeTestHome, type TestHome } from "./test-home.ts";

/** Lines of what plugin and host printed that a failure to load shows. */
const LINES_SHOWN_MAX = 20;

/** The parts of a kit, before the plugin is in it. */
export interface TestHost {
  readonly host: Host;
  readonly home: TestHome;
  readonly seen: Seen;
  readonly clock: TestClock;
  readonly network: TestNetwork;
  /** A second look at what the host keeps. */
  readonly stores: Stores;
  /** From now on it is known whose secrets are kept out of recordings. */
  named(pluginId: string): void;
  /** Ends everything; nothing is left. Safe to call twice. */
  close(how?: { readonly atOnce?: boolean }): Promise<void>;
}

/**
 * Throws what loading and installing throw, `test_invalid`, `script_invalid`, and `output_failed` when there is no room for
 * it; nothing is left then.
 *
 * @param signal ends the opening, with `interrupted`; what was opened is its holder's to close.
 */
export async function openPlugin(options: OpenPluginOptions, signal?: AbortSignal): Promise<LoadedKit> {
  const choice = choosePlugin(options);
  const test = openTestHost(options);
  // The home is removed once nothing writes there any more.
  const onAbort = () => void test.host.stop({ atOnce: true }).catch(() => {});
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted) throw interrupted();
    const { host, home } = test;
    await addModel(test, options.model);
    for (const name of options.agents ?? []) await (await host.agents()).create({ name });
    const native = await host.native();
    const staged = join(home.path, "plugin");
    const { pluginId } = await stagePlugin(staged, choice, (library) => native.readManifest(library));
    await (await host.installs()).install({ spec: staged, allowUnsigned: true, consentGiven: true });
    test.named(pluginId);
    await prepare(test, pluginId, options);
    const plugin = await native.plugin(pluginId);
    if (signal?.aborted) throw interrupted();
    return new LoadedKit(test, plugin, options);
  } catch (error) {
    await test.close();
    throw signal?.aborted ? interrupted() : withLines(roomFailure(error), test.seen.lines);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function interrupted(): HostError {
  return new HostError("interrupted", "interrupted");
}

/** A host without plugins. */
function openTestHost(options: OpenPluginOptions): TestHost {
  const { checks = true, hostVersion, loadMs, consent = "given" } = options;
  // Before there is anything that would have to be removed: both may be told what they cannot use.
  const clock = createTestClock(options.now);
  let pluginId: string | undefined;
  const network = networkOf(options, (text) => stores.withoutSecrets(pluginId, text));
  const home = withRoom(makeTestHome);
  const seen = new Seen();
  const stores = openStores({ paths: home.paths, env: home.env, recordsInsights: false, warn() {} });
  const host = createHost({
    paths: home.paths,
    env: home.env,
    cwd: home.path,
    runnerPath: builtProgram(checks ? "osprey-runner-checked" : "osprey-runner"),
    recordsInsights: false,
    watch: seen,
    http: network,
    clock: () => clock.steady(),
    consent: { askDirectly: async () => ({ allow: consent === "given", remember: "once" }) },
    onPluginLine: (line) => seen.line(line),
    ...(hostVersion === undefined ? {} : { hostVersion }),
    ...(loadMs === undefined ? {} : { loadMs }),
  });
  let closed: Promise<void> | undefined;
  const close = async (how: { readonly atOnce?: boolean }) => {
    try {
      await host.stop(how);
      await stores.stop();
      const { http } = options;
      if (typeof http === "object" && "record" in http) writeExchanges(http.record, network.recorded);
    } finally {
      home.remove();
    }
  };
  return {
    host,
    home,
    seen,
    clock,
    network,
    stores,
    named(id) {
      pluginId = id;
    },
    close(how = {}) {
      closed ??= close(how);
      return closed;
    },
  };
}

function networkOf({ http = [] }: OpenPluginOptions, redact: (text: string) => string): TestNetwork {
  if (typeof http === "string") return replayed(readExchanges(http), redact);
  return "record" in http ? recording(redact) : replayed(http, redact);
}

async function addModel({ host, home }: TestHost, model: OpenPluginOptions["model"]): Promise<void> {
  if (model === undefined) return;
  const script = typeof model === "string" ? resolve(model) : join(home.path, "model.json");
  if (typeof model !== "string") writeFileSync(script, JSON.stringify(model));
  await (await host.models()).addProvider(
    { name: "scripted", script, isPreferred: true },
    AbortSignal.timeout(MODEL_MS_MAX),
  );
}

/** A script is a file on this machine. */
const MODEL_MS_MAX = 10_000;

/** What the plugin is to find when it is loaded. */
async function prepare({ host, stores }: TestHost, pluginId: string, options: OpenPluginOptions): Promise<void> {
  for (const [key, value] of Object.entries(options.config ?? {})) {
    await stores.secrets.set({ pluginId, agentId: DEFAULT_AGENT_ID, key }, value);
  }
  for (const place of options.reaches ?? []) {
    const { hostname, port } = placeOf(place);
    await (await host.permissions()).allowHost({ pluginId, host: hostname, port });
  }
}

function placeOf(place: string): { hostname: string; port: number | null } {
  const url = URL.parse(`http://${place}/`);
  if (url === null || url.pathname !== "/" || url.search !== "") {
    throw new HostError("test_invalid", `"${place}" is no host that a plugin may reach`, {
      hint: 'write it like "localhost:8080"',
    });
  }
  return { hostname: url.hostname, port: url.port === "" ? null : Number(url.port) };
}

/** Why a plugin did not load is mostly in what it printed, and in the stack that its crash left. */
function withLines(error: unknown, lines: readonly string[]): unknown {
  if (!(error instanceof HostError) || lines.length === 0) return error;
  const { code, message, hint, details } = error;
  const shown = lines.slice(-LINES_SHOWN_MAX);
  return new HostError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    details: { ...details, lines: shown },
    cause: error,
  });
}
