// What docs/serving.md gives people to copy is what the program takes.

import { accessSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serve } from "../../src/commands/serve.ts";
import { API_ROUTES } from "../../src/server/api/api-table.ts";
import { verifyUnit } from "../helpers/verify-unit.ts";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/serving.md"), "utf8");

/** The block of that language. */
function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)![1]!;
}

/** The options that a command line of `serve` has. */
function optionsIn(text: string): string[] {
  return [...text.matchAll(/--([a-z-]+)/g)].map(([, name]) => name!);
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

test("systemd has nothing to say against the unit, and would against a wrong one", async () => {
  const unit = block("ini").replace("%h/osprey", ROOT);
  const verify = (text: string) => verifyUnit("osaurus", text, "--user");
  expect(await verify(unit)).toEqual([]);
  expect(await verify(unit.replace("Restart=", "Restarts="))).not.toEqual([]);
  expect(await verify(unit.replace("bin/osaurus", "bin/nothing"))).not.toEqual([]);
});

test("the command lines of the unit and of the container have options that there are", () => {
  const lines = [/ExecStart=.*/.exec(block("ini"))![0], /CMD .*/.exec(block("dockerfile"))![0]];
  for (const line of lines) {
    expect(line).toContain("serve");
    for (const option of optionsIn(line)) expect(Object.keys(serve.options!)).toContain(option);
  }
});

test("the table of options has each option of serve", () => {
  for (const option of Object.keys(serve.options!)) expect(page).toContain(`| \`--${option}`);
});

test("the container has what it copies and starts, and the port is the one of serve", () => {
  const dockerfile = block("dockerfile");
  const [, program] = /ENTRYPOINT \["\/osprey\/([^"]+)"\]/.exec(dockerfile)!;
  expect(isThere(join(ROOT, program!))).toBe(true);
  expect(readFileSync(join(ROOT, "Makefile"), "utf8")).toMatch(/^setup:/m);
  expect(dockerfile).toContain("EXPOSE 1338");
  expect(block("yaml")).toContain("127.0.0.1:1338:1338");
});

test("the page of the API names each path", () => {
  const api = readFileSync(join(ROOT, "docs/http-api.md"), "utf8");
  const named = /\{(agent|key|name)\}/g;
  for (const { path } of API_ROUTES) {
    const words = path.replaceAll(named, (_, name: string) => name.toUpperCase()).replaceAll(/\{\w+\}/g, "ID");
    // As a whole: neither the end nor the beginning of another one.
    expect(api, path).toMatch(new RegExp(`(?:/api/v1|\`)${words}(?![\\w/-])`));
  }
});
