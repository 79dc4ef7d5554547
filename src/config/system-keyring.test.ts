import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { untilGone, untilLine } from "../../test/helpers/processes.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { KEYRING_ANSWER_BYTES_MAX, KEYRING_REASON_CHARS_MAX } from "../protocol/limits.ts";
import { systemKeyring } from "./system-keyring.ts";

/** No test may get at the keyring of the person who runs it: the environment is always given. */
function keyring(options: { env?: Record<string, string>; program?: string; waitMsMax?: number }) {
  return systemKeyring({ service: "osp-test", env: {}, ...options });
}

/** A program in place of the one that talks to the keyring. */
function programOf(body: string): { program: string; pidFile: string } {
  const folder = tempDir();
  const program = join(folder, "keyring-process.cjs");
  const pidFile = join(folder, "pid");
  const head = `require("node:fs").appendFileSync(${JSON.stringify(pidFile)}, process.pid + "\\n");`;
  writeFileSync(program, `${head}\n${body}`);
  return { program, pidFile };
}

const ECHO = `
  let text = "";
  process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => {
    const { service, requests } = JSON.parse(text);
    const values = requests.map(({ action, account, value }) => [service, action, account, value].join(" ").trim());
    process.stdout.write(JSON.stringify(values.map((value) => ({ value }))));
  });`;

describe("a keyring", () => {
  test("answers everything that is asked in one turn with one process", async () => {
    const { program, pidFile } = programOf(ECHO);
    const store = keyring({ program });
    const answers = await Promise.all([store.get("a"), store.set("b", "x"), store.delete("c"), store.get("d")]);
    expect(answers).toEqual(["osp-test get a", undefined, undefined, "osp-test get d"]);
    expect(readFileSync(pidFile, "utf8").trim().split("\n")).toHaveLength(1);
    expect(await store.get("e")).toBe("osp-test get e");
    expect(readFileSync(pidFile, "utf8").trim().split("\n")).toHaveLength(2);
  });

  test("gets the environment that a keyring is found by, and nothing else", async () => {
    const { program } = programOf(
      "process.stdout.write(JSON.stringify([{ value: Object.keys(process.env).sort().join() }]))",
    );
    const env = { HOME: "/h", XDG_RUNTIME_DIR: "/r", NODE_OPTIONS: "--require /evil.js", DISPLAY: ":0" };
    const names = (await keyring({ program, env }).get("a"))?.split(",");
    expect(names).toEqual(expect.arrayContaining(["HOME", "XDG_RUNTIME_DIR"]));
    expect(names).not.toEqual(expect.arrayContaining(["NODE_OPTIONS"]));
    expect(names).not.toEqual(expect.arrayContaining(["DISPLAY"]));
  });

  test("that refuses one account still gives the others", async () => {
    const reason = `locked\n${"x".repeat(KEYRING_REASON_CHARS_MAX)}`;
    const { program } = programOf(
      `process.stdout.write(JSON.stringify([{ failure: ${JSON.stringify(reason)} }, { value: "1" }]))`,
    );
    const store = keyring({ program });
    const [refused, given] = await Promise.allSettled([store.get("a"), store.get("b")]);
    expect(given).toMatchObject({ value: "1" });
    expect(refused).toMatchObject({ status: "rejected", reason: { code: "keyring_failed" } });
    const text = String((refused as PromiseRejectedResult).reason.details.reason);
    expect(text).toBe(`locked ${"x".repeat(KEYRING_REASON_CHARS_MAX - 7)}`);
  });

  test("that never answers is given up, and its process is gone", async () => {
    const { program, pidFile } = programOf("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);");
    const store = keyring({ program, waitMsMax: 500 });
    await expect(store.get("a")).rejects.toMatchObject({
      code: "keyring_failed",
      message: expect.stringContaining("in time"),
      hint: expect.stringContaining('"toml"'),
    });
    await untilGone(Number(await untilLine(pidFile)));
  });

  test.each([
    ["crashes", "process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000);", "SIGSEGV"],
    ["is not there", "process.exit(3)", "3"],
    ["answers with rubbish", "process.stdout.write('[{')", "no answer"],
    ["answers with something else", "process.stdout.write('5')", "no answer"],
    ["answers with a list of something else", "process.stdout.write('[5]')", "no answer"],
    ["answers with a value that is no text", "process.stdout.write('[{\"value\":5}]')", "no answer"],
    ["answers too little", "process.stdout.write('[]')", "no answer"],
    ["says too much", `process.stdout.write("x".repeat(${KEYRING_ANSWER_BYTES_MAX} + 1))`, "bytes"],
  ])("whose process %s has failed, and says so", async (_, body, reason) => {
    const { program } = programOf(body);
    await expect(keyring({ program }).set("a", "x".repeat(1 << 20))).rejects.toMatchObject({
      code: "keyring_failed",
      message: expect.stringContaining(reason),
    });
  });

  test("whose process cannot be started has failed", async () => {
    await expect(keyring({ program: "no\0path" }).get("a")).rejects.toMatchObject({ code: "keyring_failed" });
    await expect(keyring({ program: join(tempDir(), "none") }).get("a")).rejects.toMatchObject({
      code: "keyring_failed",
    });
  });

  test("may say as much as is allowed", async () => {
    const around = JSON.stringify([{ value: "" }]).length;
    const chars = KEYRING_ANSWER_BYTES_MAX - around;
    const { program } = programOf(`process.stdout.write(JSON.stringify([{ value: "x".repeat(${chars}) }]))`);
    expect((await keyring({ program }).get("a"))?.length).toBe(chars);
  });
});

// Elsewhere the library finds a keyring without asking D-Bus, and it would be that of the person who runs the tests.
if (process.platform === "linux") {
  describe("on Linux, a keyring", () => {
    test("is not there without D-Bus, instead of being one that forgets everything", async () => {
      const store = keyring({ env: { XDG_RUNTIME_DIR: tempDir() } });
      for (const answer of await Promise.allSettled([store.set("a", "1"), store.get("a"), store.delete("a")])) {
        const reason = { code: "keyring_failed", message: expect.stringContaining("DBus") };
        expect(answer).toMatchObject({ status: "rejected", reason });
      }
    });

    test("behind a message bus that takes connections and never answers is given up", async () => {
      const path = join(tempDir(), "bus");
      const server = createServer(() => {}).listen(path);
      onTestFinished(() => void server.close());
      const asked = once(server, "connection");
      const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
      const answer = keyring({ env, waitMsMax: 1500 }).get("a");
      await expect(answer).rejects.toMatchObject({
        code: "keyring_failed",
        message: expect.stringContaining("in time"),
      });
      const [connection] = await asked;
      connection.destroy();
    });
  });
}
