// What a plugin answered, on the user's screen: messages and failures on stderr, data on stdout.

import type { OrderedJson } from "../base/ordered-json.ts";
import { shellWord } from "../base/shell-word.ts";
import type { CommandResponse, RunRequest } from "../host/process-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import { jsonText } from "../terminal/json-text.ts";
import { printLabelled } from "../terminal/labelled.ts";
import { lookOf } from "../terminal/look.ts";
import { printMessages } from "../terminal/messages.ts";
import { COLOURS } from "../terminal/plugin-stderr.ts";
import { printResult } from "../terminal/result.ts";
import { writeAll } from "../terminal/write-all.ts";
import { type PrintInput, printData, throughStages } from "./print-data.ts";
import type { Settings } from "./settings.ts";
import { showGuide } from "./show-guide.ts";

/** Prints messages, then the failure if there is one, then the data; gives the exit code. */
export async function showResponse(input: PrintInput, response: CommandResponse, settings: Settings): Promise<number> {
  const { io, flags } = input;
  const { json, wish, upTo, messageLayout: layout } = settings;
  const look = lookOf(io.stderr, io.env, wish);
  const { error, messages } = response;
  printMessages(io.stderr, messages, { upTo, look, layout, json });
  // A failure looks the same wherever it comes from, also for who asked for JSON.
  if (error !== null) printLabelled(io.stderr, "error", `${error.code}: ${error.message}`, look);
  if (error !== null && flags.verbosity > 0 && !isEmpty(error.details)) {
    io.stderr.write(jsonText(error.details));
  }
  if (error === null) {
    await printData(input, settings, response);
    return EXIT.done;
  }
  const { data, meta } = response.data === null ? response : await throughStages(input, response);
  if (json) await writeAll(io, jsonText(failureDocument(response, data)));
  else
    await printResult(io, data, meta, {
      format: settings.format,
      look: lookOf(io.stdout, io.env, wish),
      pager: settings.pager,
    });
  return EXIT.reportedFailure;
}

/** The plugin's own help text and exit status. */
export async function showHelp(
  input: PrintInput,
  { text, exitCode }: { text: string; exitCode: number },
  settings: Settings,
): Promise<number> {
  const plain = text.replace(COLOURS, "");
  const options = (await import("./guide-options.ts")).guideOptions(input, settings);
  if (plain !== "" || options.format === "json") await showGuide(input, plain, options);
  return exitCode;
}

function isEmpty(details: OrderedJson): boolean {
  return details === null || (details instanceof Map && details.size === 0);
}

/** What `--json` prints when the plugin reports a failure. */
function failureDocument({ error, messages }: CommandResponse, data: OrderedJson): OrderedJson {
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
  printLabelled(io.stderr, "debug", `ran ${line}`);
  printLabelled(io.stderr, "debug", `${how}, ${Math.round(durationMs)} ms, ${stdout.length} bytes on stdout`);
}
