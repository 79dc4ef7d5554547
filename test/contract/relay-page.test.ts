// What docs/tunnel.md says of the relay is what the relay does, and what it gives people to copy is what the program takes.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { relay } from "../../src/commands/relay.ts";
import {
  SERVER_CONNECTIONS_MAX,
  SERVER_HEADERS_MAX,
  TUNNEL_AUTH_MS_MAX,
  TUNNEL_CLOCK_SECONDS_MAX,
  TUNNEL_PINGS_MISSED_MAX,
} from "../../src/protocol/limits.ts";
import { RELAY_STATUS } from "../../src/server/relay/relay-answer.ts";
import { RELAY_LIMITS } from "../../src/server/relay/relay-limits.ts";
import { verifyUnit } from "../helpers/verify-unit.ts";

const ROOT = join(import.meta.dirname, "../..");
const MIB = 1_048_576;
const page = readFileSync(join(ROOT, "docs/tunnel.md"), "utf8");
const options = Object.keys(relay.options!);

test("the table of errors has each code with its status, and no other one", () => {
  const table = page.slice(page.indexOf("Errors of the relay are"));
  const rows = [...table.matchAll(/^\| (\d{3}) \| ([^|]+) \|/gm)].flatMap(([, status, codes]) =>
    [...codes!.matchAll(/`(\w+)`/g)].map(([, code]) => [code!, Number(status)] as const),
  );
  expect(Object.fromEntries(rows)).toEqual(RELAY_STATUS);
  expect(rows).toHaveLength(Object.keys(RELAY_STATUS).length);
});

test("each of these codes is one that the relay answers with", () => {
  const folder = join(ROOT, "src/server/relay");
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const source = files.map((name) => readFileSync(join(folder, name), "utf8")).join("");
  expect(Object.keys(RELAY_STATUS).filter((code) => !source.includes(`"${code}"`))).toEqual([]);
});

test("the usage and the table of options have each option", () => {
  const table = page.slice(page.indexOf("| option | |"), page.indexOf("With Caddy"));
  for (const option of options) {
    expect(relay.usage).toContain(`[--${option}`);
    expect(table).toMatch(new RegExp(`^\\| .*\`--${option}\\b.*\` \\| `, "m"));
  }
  const named = [...table.matchAll(/`--([a-z-]+)/g)].map(([, name]) => name!);
  expect(named.filter((name) => name !== "json" && !options.includes(name))).toEqual([]);
});

test("command lines of the page have options that there are", () => {
  const lines = page.match(/^(?:\$ |ExecStart=.*)osaurus relay .*/gm)!;
  expect(lines).toHaveLength(2);
  for (const [, option] of lines.join(" ").matchAll(/--([a-z-]+)/g)) expect(options).toContain(option);
});

test("systemd has nothing to say against the unit, would against a wrong one, and waits for open requests", async () => {
  const unit = /```ini\n(.*?)```/s.exec(page)![1]!.replace("/opt/osprey", ROOT);
  const verify = (text: string) => verifyUnit("osaurus-relay", text, "--system");
  expect(await verify(unit)).toEqual([]);
  expect(await verify(unit.replace("DynamicUser=", "DynamicUsers="))).not.toEqual([]);
  expect(await verify(unit.replace("bin/osaurus", "bin/nothing"))).not.toEqual([]);
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1]) * 1_000).toBeGreaterThan(RELAY_LIMITS.drainMs + 1_000);
});

test("the numbers in the text are those of the program", () => {
  const limits = RELAY_LIMITS;
  const number = (value: number) => value.toLocaleString("en-US");
  const sentences = [
    `open requests\nget ${limits.drainMs / 1_000} s`,
    `the clocks may be ${TUNNEL_CLOCK_SECONDS_MAX} s apart, and it has ${TUNNEL_AUTH_MS_MAX / 1_000} s`,
    `A ping every ${limits.pingMs / 1_000} s; three`,
    `who takes nothing for ${limits.streamIdleMs / 1_000} s, or lets ${limits.streamHeldBytes / MIB} MiB pile up`,
    `${number(limits.tunnels)} tunnels`,
    `${number(SERVER_CONNECTIONS_MAX)} connections`,
    `${limits.heldBytes / MIB} MiB of bodies`,
    `${limits.heldBytesEach / MIB} MiB of them`,
    `${limits.controlFramesPerMinute} frames a minute`,
    `${limits.frameBytes / MIB} MiB a frame`,
    `more than ${SERVER_HEADERS_MAX}`,
  ];
  expect(TUNNEL_PINGS_MISSED_MAX).toBe(3);
  for (const sentence of sentences) expect(page).toContain(sentence);
});
