// The helpers for process plugins can say all that the protocol knows, and nothing else.

import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { DescribeV1, ResponseV1 } from "../../src/protocol/process-plugin.ts";
import { buildSinks, runSink, SINK_LANGUAGES } from "../helpers/process-sinks.ts";
import { documentMembers, schemaMembers } from "../helpers/schema-members.ts";

beforeAll(buildSinks, 120_000);

const FLAGS = "commands[].flags";

describe.each(SINK_LANGUAGES)("the helper for %s", (language) => {
  test("describes with every member of the protocol", async () => {
    const { status, stdout } = await runSink(language, ["--describe"]);
    expect(status).toBe(0);
    const document = JSON.parse(stdout);
    DescribeV1.parse(document);
    const told = documentMembers(document, [FLAGS], ["commands[].subcommands"]);
    expect(sorted(told)).toEqual(sorted(schemaMembers(DescribeV1)));
  });

  test("says exactly this of the command that uses everything", async () => {
    const { stdout } = await runSink(language, ["--describe"]);
    expect(DescribeV1.parse(JSON.parse(stdout)).commands[0]).toEqual(SINK);
  });

  test("answers with every member of the protocol", async () => {
    const answers = await Promise.all([
      runSink(language, ["sink", "name", "--file", "x"]),
      runSink(language, ["fails"]),
    ]);
    const documents = answers.map(({ stdout }) => JSON.parse(stdout));
    for (const document of documents) ResponseV1.parse(document);
    const told = documents.flatMap((one) => [...documentMembers(one, [], ["data", "error.details"])]);
    expect(sorted(new Set(told))).toEqual(sorted(schemaMembers(ResponseV1)));
  });
});

test("a member that is new in the protocol would be missed", () => {
  const newer = z.object({
    commands: z.lazy(() => z.array(z.object({ name: z.string(), icon: z.nullish(z.string()) }))),
  });
  expect(sorted(schemaMembers(newer))).toEqual(["commands", "commands[].icon", "commands[].name"]);
  const document = { commands: [{ name: "a" }] };
  expect(documentMembers(document, [], [])).not.toEqual(schemaMembers(newer));
});

const SESSION = {
  auth_strength: "strong",
  credentials: [{ state: "fresh", service: "ldap", min_ttl_seconds: 600 }],
};
const FULL = {
  required: true,
  multi: true,
  value_type: "path",
  suggestions: [
    { value: "a", meta: "first", display: "A", sort: "1" },
    { value: "b", meta: null, display: null, sort: null },
  ],
};
const PLAIN = { about: null, required: false, multi: false, value_type: null, suggestions: [] };
const FILE = { about: "A file", flag_only: false, ...FULL };
const SINK = {
  name: "sink",
  about: "Everything",
  auth: {
    visibility: "hidden",
    required_capabilities: ["write"],
    feature_flags: ["beta"],
    visible_session: SESSION,
    run_session: SESSION,
  },
  args: [{ name: "name", about: "A name", ...FULL }],
  flags: { "--file": FILE, "-f": FILE, "--all": { ...PLAIN, flag_only: true } },
  subcommands: [{ name: "below", about: "", auth: null, args: [], flags: {}, subcommands: [] }],
};

function sorted(paths: Set<string>): string[] {
  return [...paths].sort();
}
