// What is left of a conversation when the program is killed in the middle of a run.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { callsTools, says, startModelServer } from "../helpers/model-server.ts";
import { untilGone, untilLine } from "../helpers/processes.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

/** A process plugin whose first command answers, and whose second one never does. */
const STUCK = (pidFile: string) => `#!/bin/sh
if [ "$1" = --describe ]; then
  echo '{"protocol_version":1,"plugin_id":"stuck","plugin_version":"1.0.0","commands":[{"name":"quick"},{"name":"stuck"}]}'
  exit
fi
if [ "$1" = quick ]; then
  echo '{"protocol_version":1,"ok":true,"data":"seventeen","meta":{"plugin_id":"stuck","plugin_version":"1.0.0"}}'
  exit
fi
echo $$ >"${pidFile}"
exec sleep 1000
`;

test("a program that is killed while a tool works leaves the question, all that was done, and the call that was made", async () => {
  const env = { ...home.env, OSAURUS_HOME: tempDir(), XDG_CONFIG_HOME: tempDir() };
  const plugins = join(env.XDG_CONFIG_HOME, "osp", "plugins");
  mkdirSync(plugins, { recursive: true });
  const pidFile = join(plugins, "pid");
  writeFileSync(join(plugins, "osp-stuck"), STUCK(pidFile), { mode: 0o755 });
  const server = await startModelServer({
    models: ["m"],
    answers: [
      callsTools({ name: "quick", arguments: {} }),
      callsTools({ name: "stuck", arguments: {} }),
      says("Back."),
    ],
  });
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  for (const tool of ["quick", "stuck"]) await osaurus("permissions", "set", tool, "auto");
  expect(await osaurus("providers", "add", "test", "--base-url", server.url, "--model", "m")).toMatchObject({
    code: 0,
  });
  const chat = startCli(["chat", "--yes", "Count them."], { program: "osaurus", env });
  onTestFinished(() => void chat.child.kill("SIGKILL"));
  const pid = Number(await untilLine(pidFile));
  onTestFinished(async () => {
    process.kill(pid, "SIGKILL");
    await untilGone(pid);
  });
  chat.child.kill("SIGKILL");
  await chat.result;

  const [session] = JSON.parse((await osaurus("sessions", "list", "--json")).stdout);
  const { messages: turns } = JSON.parse((await osaurus("sessions", "show", session.id, "--json")).stdout);
  expect(turns.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
  expect(turns[0].content).toBe("Count them.");
  expect(turns[2].content).toContain("seventeen");
  expect(JSON.stringify(turns[3])).toContain('"stuck"');
  // The conversation goes on from there.
  expect(await osaurus("chat", "--session", session.id, "And now?")).toMatchObject({ code: 0, stdout: "Back.\n" });
  const sent = server.completions.at(-1)!.body.messages.filter(({ role }: { role: string }) => role !== "system");
  expect(sent.map(({ role }: { role: string }) => role)).toEqual([
    "user",
    "assistant",
    "tool",
    "assistant",
    "tool",
    "user",
  ]);
  // Nobody knows what the killed program's tool did, and the model is told just that.
  expect(sent[4].content).toContain("is not known");
});
