// osaurus manifest validate: every mistake in a manifest, for its author, before a host refuses the plugin.

import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { checkManifest, type ManifestCheck, type ManifestSummary } from "../host/check-manifest.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { Mistake } from "../protocol/issue-text.ts";
import { MANIFEST_BYTES_MAX } from "../protocol/limits.ts";
import type { CommandIo } from "../terminal/io.ts";
import { jsonText } from "../terminal/json-text.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";

export const manifestValidate: Command = {
  usage: "FILE",
  about: 'Checks the manifest in a file and names every mistake; "-" reads standard input.',
  positionals: { min: 1, max: 1 },
  async run({ io, flags, positionals }) {
    const file = positionals[0]!;
    const check = checkManifest(file === "-" ? await io.readStdin() : await readText(io, file));
    if (flags.format === "json") {
      const { errors, warnings, summary } = check;
      const document = { file, ok: errors.length === 0, ...summary, errors, warnings };
      io.stdout.write(jsonText(parseOrderedJson(JSON.stringify(document))));
    } else {
      printForPeople(io, file, check);
    }
    return check.errors.length === 0 ? EXIT.done : EXIT.reportedFailure;
  },
};

function printForPeople(io: CommandIo, file: string, { errors, warnings, summary }: ManifestCheck): void {
  const isOk = errors.length === 0;
  const title = isOk
    ? `OK (${summaryText(summary)})`
    : `FAIL (${errors.length} error${errors.length === 1 ? "" : "s"})`;
  const lines = [
    `${file}: ${title}`,
    ...errors.map((error) => `  - ${lineOf(error)}`),
    ...warnings.map((warning) => `  ! ${lineOf(warning)}`),
  ];
  const output = isOk ? io.stdout : io.stderr;
  output.write(lines.map((line) => `${oneLine(line)}\n`).join(""));
}

function lineOf({ path, message }: Mistake): string {
  const where = path === "" ? "the document" : `\`${path}\``;
  // A message that is a sentence of its own stays as it is.
  return message.endsWith(".") ? `${where}: ${message}` : `${where} ${message}.`;
}

function summaryText({ plugin_id, version, tools, routes, web, config }: ManifestSummary): string {
  const yesNo = (is: boolean) => (is ? "yes" : "no");
  return (
    `plugin_id=${plugin_id}, version=${version ?? "none"}, tools=${tools}, routes=${routes}, ` +
    `web=${yesNo(web)}, config=${yesNo(config)}`
  );
}

function oneLine(text: string): string {
  return neutralise(text).replaceAll("\n", " ");
}

/** The text of the file; of a larger one than a manifest may be, as much as shows that it is. */
async function readText(io: CommandIo, file: string): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    const stream = createReadStream(resolve(io.cwd, file), { end: MANIFEST_BYTES_MAX, signal: io.signal });
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch (error) {
    throw readFailure(file, error as NodeJS.ErrnoException, io.signal);
  }
  const bytes = Buffer.concat(chunks);
  if (isLibrary(bytes)) {
    throw new HostError("usage_invalid", `${file} is a library, not the text of a manifest`, {
      hint: `"osaurus manifest extract LIB | osaurus manifest validate -" checks the manifest inside a library`,
    });
  }
  return bytes.toString("utf8");
}

function readFailure(file: string, error: NodeJS.ErrnoException, signal: AbortSignal): HostError {
  if (signal.aborted) return new HostError("interrupted", "interrupted");
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    return new HostError("file_unknown", `there is no file ${file}`, { hint: "check the path" });
  }
  return new HostError("file_unreadable", `cannot read ${file}: ${error.code ?? error.message}`, {
    hint: "name a file that you may read",
    cause: error,
  });
}

/** The first four bytes of ELF, and of Mach-O in its several forms. */
const LIBRARY_MARKS = new Set(["7f454c46", "cffaedfe", "feedfacf", "cefaedfe", "feedface", "cafebabe", "cafebabf"]);

function isLibrary(bytes: Buffer): boolean {
  return LIBRARY_MARKS.has(bytes.subarray(0, 4).toString("hex"));
}
