// A secret service for one test file: GNOME Keyring on a message bus of its own, with its files in a temporary folder.
// Nothing of the keyring of the person who runs the tests is touched, and the bus starts no other service.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, vi } from "vitest";
import { makeTempHome } from "./temp-home.ts";

export interface SecretService {
  /** The variables by which a program finds it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it keeps its files. */
  readonly path: string;
  /** What another client than ours finds under this account; undefined when there is nothing. */
  lookup(service: string, account: string): string | undefined;
  /** As when the user locks the keyring; nobody is there who could unlock it again. */
  lock(): void;
  /** Ends the service; the bus stays. */
  stop(): Promise<void>;
  /** Starts it again, unlocked. */
  start(): Promise<void>;
  /** From here on it takes requests and does not answer, until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Ends everything, and removes its files. */
  close(): Promise<void>;
}

const PROGRAMS = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
const CLIENT_MS_MAX = 10_000;
const START_MS_MAX = 20_000;
const SECRETS = "org.freedesktop.secrets";
const LOGIN = "/org/freedesktop/secrets/collection/login";

/** Which of the programs that it takes are not installed. */
export function missingForSecretService(): readonly string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return PROGRAMS.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
}

/** Starts bus and service; resolves when secrets can be kept. The caller closes it. */
export async function startSecretService(): Promise<SecretService> {
  const home = makeTempHome();
  const socket = join(home.path, "bus");
  const env = { ...home.env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
  const client = (program: string, ...args: string[]) =>
    spawnSync(program, args, { env, encoding: "utf8", timeout: CLIENT_MS_MAX });
  let bus: ChildProcess | undefined;
  let daemon: ChildProcess | undefined;
  const service: SecretService = {
    env: { DBUS_SESSION_BUS_ADDRESS: env.DBUS_SESSION_BUS_ADDRESS },
    path: home.path,
    lookup(name, account) {
      const { status, stdout } = client("secret-tool", "lookup", "service", name, "username", account);
      return status === 0 ? stdout : undefined;
    },
    lock() {
      const call = ["/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock", `array:objpath:${LOGIN}`];
      const { status, stderr } = client("dbus-send", "--print-reply", `--dest=${SECRETS}`, ...call);
      expect(status, stderr).toBe(0);
    },
    async start() {
      const args = ["--unlock", "--components=secrets", "--foreground"];
      daemon = spawn("gnome-keyring-daemon", args, { env, stdio: ["pipe", "ignore", "ignore"] });
      daemon.stdin?.end("the password of the keyring");
      const property = ["string:org.freedesktop.Secret.Collection", "string:Locked"];
      const call = [LOGIN, "org.freedesktop.DBus.Properties.Get", ...property];
      const isUnlocked = () => client("dbus-send", "--print-reply", `--dest=${SECRETS}`, ...call).stdout;
      await vi.waitFor(() => expect(isUnlocked()).toContain("boolean false"), { timeout: START_MS_MAX });
    },
    stop: async () => await ended(daemon),
    freeze: () => void daemon?.kill("SIGSTOP"),
    thaw: () => void daemon?.kill("SIGCONT"),
    async close() {
      await ended(daemon);
      await ended(bus);
      home.remove();
    },
  };
  try {
    bus = await startBus(home.path, socket, env);
    await service.start();
  } catch (error) {
    await service.close();
    throw error;
  }
  return service;
}

async function startBus(folder: string, socket: string, env: Record<string, string>): Promise<ChildProcess> {
  const config = join(folder, "bus.conf");
  writeFileSync(
    config,
    `<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`,
  );
  const args = [`--config-file=${config}`, "--nofork", "--nopidfile", "--print-address=1"];
  const bus = spawn("dbus-daemon", args, { env, stdio: ["ignore", "pipe", "ignore"] });
  // It prints its address when it can be called. Its end would come instead if it cannot start.
  const isReady = await Promise.race([once(bus.stdout, "data").then(() => true), once(bus, "exit").then(() => false)]);
  if (!isReady) throw new Error("dbus-daemon ended before it could be called");
  return bus;
}

/** SIGKILL, because a stopped process does not notice anything else. */
async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
