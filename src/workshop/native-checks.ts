// What `osaurus tools test` looks at in every native plugin, whatever it is for: what it says of itself, how it treats what
// belongs to the host, and whether it keeps to what older hosts have.

import { checkManifest } from "../host/check-manifest.ts";
import type { HostError } from "../protocol/errors.ts";
import type { AbiRow, KitReport } from "../testkit/api.ts";
import { checkTools, type ToolFinding } from "../testkit/check-tools.ts";
import type { LoadedKit } from "../testkit/plugin-kit.ts";
import type { TestRow } from "./project-test-report.ts";

/** What it says of itself. */
export async function checksOf(kit: LoadedKit): Promise<TestRow[]> {
  const { warnings } = checkManifest(kit.manifestText);
  const { descriptions, schemas } = await checkTools(kit.parsedManifest);
  const abi = `version ${kit.abi} of the interface`;
  return [
    { code: "loads", status: "ok", label: "the plugin loads", detail: `${kit.pluginId}, ${abi}` },
    row(
      "manifest",
      "the manifest is valid",
      warnings.map(({ path, message }) => `${path} ${message}`),
      "warn",
    ),
    row("tool_descriptions", "every tool has a description", descriptions.map(findingText), "fail", {
      hint: "models choose tools by their descriptions",
    }),
    row("tool_schemas", "every tool has a schema of its arguments", schemas.map(findingText), "fail", {
      hint: 'models learn from it what to send; for none, say {"type":"object","properties":{}}',
    }),
  ];
}

function findingText({ tool, problem }: ToolFinding): string {
  return `${tool} ${problem}`;
}

/** What the host noticed while the tests ran. */
export function behaviourRows(reports: readonly KitReport[]): TestRow[] {
  const leaks = reports.flatMap((report) =>
    report.leaks.map(({ name, count, bytes }) => `${times(count)} ${name} (${bytes} bytes)`),
  );
  const wrong = reports.flatMap((report) =>
    report.wrongReleases.map(({ name, count }) => `${times(count)} ${name ?? "what is no text of the host's"}`),
  );
  const foreign = reports.flatMap(({ foreignCalls }) => foreignCalls);
  const hasLost = foreign.some(({ inContext }) => !inContext);
  const threads = foreign.map(
    ({ name, count, inContext }) => `${times(count)} ${name}${inContext ? "" : ", for no agent"}`,
  );
  return [
    row("leaks", "texts of the host are released", leaks, "fail", {
      hint: "release each with host->free_string (version 6) or free(), and copy what you keep",
    }),
    row("wrong_releases", "nothing is released twice", wrong, "fail", {
      hint: "release what the host gave, once; what the plugin itself returns is released by the host",
    }),
    row("foreign_calls", "the host is called on its own threads", threads, hasLost ? "fail" : "warn", {
      hint: "ask the host on the thread that it called the plugin on: elsewhere it cannot know for which agent",
    }),
    row(
      "crashes",
      "the plugin does not crash",
      reports.flatMap(({ crashes }) => crashes),
      "fail",
    ),
    row(
      "warnings",
      "the host has nothing to warn of",
      reports.flatMap(({ warnings }) => warnings),
      "warn",
    ),
  ];
}

/** How it got on with older hosts. */
export function hostRows(abi: readonly AbiRow[]): TestRow[] {
  return abi.map(({ host, loads, problem, crashed }) => {
    const label = `on a host of version ${host}`;
    const code = "host_versions";
    if (crashed) {
      const hint = "look at host->version before a function is used that came later";
      return { code, status: "fail", label, detail: problem ?? "it crashed", hint };
    }
    if (!loads) return { code, status: "warn", label, detail: `it refuses to load: ${problem}` };
    return { code, status: "ok", label, detail: "" };
  });
}

function row(
  code: TestRow["code"],
  label: string,
  problems: readonly string[],
  otherwise: "warn" | "fail",
  { hint }: { hint?: string } = {},
): TestRow {
  if (problems.length === 0) return { code, status: "ok", label, detail: "" };
  return {
    code,
    status: otherwise,
    label,
    detail: [...new Set(problems)].join("\n"),
    ...(hint === undefined ? {} : { hint }),
  };
}

function times(count: number): string {
  return count === 1 ? "once:" : `${count} times:`;
}

/** It does not load at all: with what it printed. */
export function failedLoad(error: HostError): TestRow {
  const { code, message, hint, details } = error;
  const lines = (details?.["lines"] as readonly string[] | undefined) ?? [];
  const detail = [`${message} (${code})`, ...lines].join("\n");
  return { code: "loads", status: "fail", label: "the plugin loads", detail, ...(hint === undefined ? {} : { hint }) };
}
