// osaurus stop: asks the host that serves the data folder to end, and waits until it is gone.

import { setTimeout as delay } from "node:timers/promises";
import { JsonNumber } from "../base/ordered-json.ts";
import { resolvePaths } from "../base/paths.ts";
import { mayBeRunning, runsHere } from "../base/process-mark.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { SERVE_STOP_MS_MAX } from "../protocol/limits.ts";
import { foundHost, type ServingHost } from "../server/serve-file.ts";
import { jsonText } from "../terminal/json-text.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { notRunning } from "./serve-status.ts";
import { rowOf } from "./show-rows.ts";

const LOOK_AGAIN_MS = 50;

export const stop: Command = {
  usage: "",
  about:
    "Asks the host that serves this data folder to end, once what is open is answered, and waits until it is gone.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const paths = resolvePaths({ env: io.env, platform: process.platform });
    const found = await foundHost(paths);
    if (found === undefined) throw notRunning(paths.data);
    askToEnd(found);
    await waitUntilGone(found, io.signal);
    const row = rowOf({ stopped: true, pid: new JsonNumber(String(found.pid)), url: found.url });
    if (settings.json) io.stdout.write(jsonText(row));
    else notify(io, settings, "success", `the host at ${found.url} has ended`);
    return EXIT.done;
  },
};

/** Its number alone could be that of another process by now, or mean one in another container. */
function askToEnd({ pid, mark }: ServingHost): void {
  if (!runsHere(mark)) {
    throw new HostError("host_in_use", `the host runs elsewhere, as process ${pid}`, {
      hint: "stop it on the computer or in the container where it runs",
      details: { pid },
    });
  }
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return; // It ended by itself just now.
    throw new HostError("host_in_use", `the host, process ${pid}, cannot be stopped: ${message}`, {
      hint: "stop it as the user who started it",
      details: { pid, reason: code },
      cause: error,
    });
  }
}

async function waitUntilGone({ pid, mark }: ServingHost, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + SERVE_STOP_MS_MAX;
  while (mayBeRunning(mark)) {
    if (performance.now() > deadline) {
      throw new HostError("host_in_use", `the host, process ${pid}, has not ended in ${SERVE_STOP_MS_MAX / 1_000} s`, {
        hint: `"kill -9 ${pid}" ends it at once`,
        details: { pid },
      });
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}
