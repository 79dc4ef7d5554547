// osaurus tools test: builds the project in a folder and tests its plugin in a real host.

import { resolve } from "node:path";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { readProject } from "../projects/project.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { jsonText } from "../terminal/json-text.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { countRows, type ProjectTestReport, type TestRow } from "../workshop/project-test-report.ts";
import { runProjectTests } from "../workshop/run-project-tests.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { printWhere } from "./dev-report.ts";

export const toolsTest: Command = {
  usage: "[DIR] [--no-build] [--min-host N]",
  about:
    "Builds the project in a folder and tests its plugin: what holds for all plugins, test/*.test.json, test/*.test.js, and " +
    "how it behaves on older hosts. Nothing of the user's own is touched.",
  positionals: { min: 0, max: 1 },
  options: {
    "no-build": { type: "boolean", about: "test what is built" },
    "min-host": {
      type: "string",
      value: "N",
      about: "the oldest host that the plugin is meant for, 1 to 6; 1 when left out",
    },
  },
  async run(input) {
    const { io, flags } = input;
    const project = readProject(resolve(io.cwd, input.positionals[0] ?? "."));
    const hostMin = hostMinOf(input);
    if (input.options["no-build"] !== true) {
      const { buildProject } = await import("../workshop/build-project.ts");
      try {
        await buildProject(project, { env: io.env, signal: io.signal });
      } catch (error) {
        // A program gets it with the failure.
        if (error instanceof HostError && flags.format !== "json") printWhere(io, error);
        throw error;
      }
    }
    const report = await runProjectTests({ project, hostMin, env: io.env, signal: io.signal });
    const { passed, failed } = countRows(report);
    if (flags.format === "json") {
      const { pluginId: plugin_id, checks, tests, abi } = report;
      const document = { plugin_id, passed, failed, checks: checks.map(row), tests: tests.map(row), abi };
      io.stdout.write(jsonText(parseOrderedJson(JSON.stringify(document))));
    } else {
      printForPeople(input, report);
      io.stdout.write(`${passed} passed, ${failed} failed\n`);
    }
    return failed > 0 ? EXIT.reportedFailure : EXIT.done;
  },
};

function hostMinOf(input: CommandInput) {
  const text = textOption(input, "min-host") ?? "1";
  const host = ([1, 2, 3, 4, 5, 6] as const).find((one) => String(one) === text);
  if (host !== undefined) return host;
  throw new HostError("usage_invalid", `--min-host takes a number from 1 to 6, not "${text}"`);
}

function row({ code, status, label, detail, hint }: TestRow) {
  return { code, status, label, detail, hint: hint ?? null };
}

function printForPeople({ io }: CommandInput, { pluginId, checks, tests }: ProjectTestReport): void {
  io.stdout.write(`${oneLine(pluginId)}\n`);
  for (const { status, label, detail, hint } of [...checks, ...tests]) {
    const lines = detail === "" ? [] : detail.split("\n");
    // What is one short line stands behind what it is about.
    const [first, rest] = lines.length === 1 && status !== "fail" ? [` - ${lines[0]}`, []] : ["", lines];
    io.stdout.write(`${oneLine(`[${status.toUpperCase()}] ${label}${first}`)}\n`);
    for (const line of rest) io.stdout.write(`       ${neutralise(line)}\n`);
    if (hint !== undefined && status !== "ok") io.stdout.write(`       ${oneLine(hint)}\n`);
  }
}

function oneLine(text: string): string {
  return neutralise(text).replaceAll(/\s*\n\s*/g, " ");
}
