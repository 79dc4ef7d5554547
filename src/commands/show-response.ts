// What a plugin answered, on the user's screen: messages and failures on stderr, data on stdout.

import type { OrderedJson } from "../base/ordered-json.ts";
import { shellWord } from "../base/shell-word.ts";
import type { CommandResponse, RunRequest } from "../host/process-host.ts";
import { EXIT } from "../protocol/errors.ts";
import { printGuide } from "../terminal/guide.ts";
import type { CommandIo } from "../terminal/io.ts";
import { jsonText } from "../terminal/json-text.ts";
import { labelled } from "../terminal/labelled.ts";
import { lookOf } from "../terminal/look.ts";
import { printMessages } from "../terminal/messages.ts";
import { COLOURS } from "../terminal/plugin-stderr.ts";
import { printResult } from "../terminal/result.ts";
import type { Settings } from "./settings.ts";

/** Prints messages, then the failure if there is one, then the data; gives the exit code. */
export async function showResponse(
  io: CommandIo,
  response: CommandResponse,
  settings: Settings,
  { withDetails }: { withDetails: boolean },
): Promise<number> {
  const { format, json, wish, upTo, messageLayout: layout, pager } = settings;
  const look = lookOf(io.stderr, io.env, wish);
  const { error, messages } = response;
  printMessages(io.stderr, messages, { upTo, look, layout, json });
  // A failure looks the same wherever it comes from, also for who asked for JSON.
  if (error !== null) io.stderr.write(labelled("error", `${error.code}: ${error.message}`, look));
  if (error !== null && withDetails && !isEmpty(error.details)) {
    io.stderr.write(jsonText(error.details));
  }
  if (error !== null && json) {
    io.stdout.write(jsonText(failureDocument(response)));
  } else {
    const look = lookOf(io.stdout, io.env, wish);
    await printResult(io, response.data, response.meta, { format, look, pager });
  }
  return error === null ? EXIT.done : EXIT.reportedFailure;
}

/** The plugin's own help text and exit status. */
export async function showHelp(
  io: CommandIo,
  { text, exitCode }: { text: string; exitCode: number },
  { format, wish, pager }: Settings,
): Promise<number> {
  const plain = text.replace(COLOURS, "");
  if (plain !== "" || format === "json")
    await printGuide(io, plain, { format, look: lookOf(io.stdout, io.env, wish), pager });
  return exitCode;
}

function isEmpty(details: OrderedJson): boolean {
  return details === null || (details instanceof Map && details.size === 0);
}

/** What `--json` prints when the plugin reports a failure. */
function failureDocument({ error, messages, data }: CommandResponse): OrderedJson {
  const { code, message, details } = error!;
  const shownError: [string, OrderedJson][] = [
    ["code", code],
    ["message", message],
  ];
  if (details !== null) shownError.push(["details", details]);
  const shownMessages = messages.map(
    ({ level, text }) =>
      new Map([
        ["level", level],
        ["text", text],
      ]),
  );
  return new Map<string, OrderedJson>([
    ["ok", false],
    ["error", new Map(shownError)],
    ["messages", shownMessages],
    ["data", data],
  ]);
}

type EndedRun = Parameters<NonNullable<RunRequest["onEnded"]>>[0];

/** For `--debug`: how the plugin was called and how it ended. */
export function printRun(io: CommandIo, run: EndedRun): void {
  const { argv, ended, exitCode, signalCode, stdout, durationMs } = run;
  const how = ended !== "exited" ? ended : signalCode !== null ? `signal ${signalCode}` : `status ${exitCode}`;
  const line = argv.map(shellWord).join(" ");
  io.stderr.write(labelled("debug", `ran ${line}`));
  io.stderr.write(labelled("debug", `${how}, ${Math.round(durationMs)} ms, ${stdout.length} bytes on stdout`));
}
