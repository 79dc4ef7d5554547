// There is one source of the shapes that plugin authors work with (src/protocol/host-functions.ts, the schemas): the C
// header, the mirrors in other languages and the reference say the same, and the host reads what they say that it reads.

import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { parseCompletion } from "../../src/host-api/parse-completion.ts";
import { parseDispatch } from "../../src/host-api/parse-dispatch.ts";
import { parseHttpRequest } from "../../src/host-api/parse-http-request.ts";
import { HOST_API_VERSION, HOST_FUNCTIONS, PLUGIN_FUNCTIONS } from "../../src/protocol/host-functions.ts";
import { hostFunctionAt } from "../../src/protocol/host-slots.ts";
import { LOG_LEVELS } from "../../src/protocol/log-levels.ts";
import { TASK_EVENT } from "../../src/protocol/task.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ROOT = join(import.meta.dirname, "../..");
const HEADER = readFileSync(join(ROOT, "sdk/c/osaurus_plugin.h"), "utf8");

/** Name and signature of each function pointer of a struct, in order, without blanks that mean nothing. */
function slotsOf(struct: string): string[] {
  const body = HEADER.match(new RegExp(`typedef struct ${struct} \\{(.*?)\\} ${struct};`, "s"))![1]!;
  const code = body.replace(/\/\*.*?\*\//gs, "").replace(/uint32_t version;/, "");
  const slots = code.matchAll(/(\S[^;]*?)\(\*(\w+)\)\(([^;]*)\);/g);
  return Array.from(slots, ([, returns, name, args]) =>
    `${returns}${name}(${args})`.replace(/\s+/g, " ").replace(/ ?\* ?/g, "*"),
  );
}

const C_TYPES: Readonly<Record<string, string>> = {
  text: "const char*",
  json: "const char*",
  "maybe text": "const char*",
  level: "int ",
  "event type": "int ",
  "on chunk": "osr_on_chunk_fn ",
  "user data": "void*",
  context: "osr_plugin_ctx_t ",
  nothing: "void ",
};

function described(functions: Readonly<Record<string, { args: Readonly<Record<string, string>>; returns: string }>>) {
  return Object.entries(functions).map(([name, { args, returns }]) => {
    const list = Object.entries(args).map(([arg, kind]) => `${C_TYPES[kind]}${arg}`);
    return `${C_TYPES[returns]}${name}(${list.join(", ") || "void"})`;
  });
}

test("the C header has the functions of both tables, in their order and with their signatures", () => {
  expect(slotsOf("osr_host_api")).toEqual(described(HOST_FUNCTIONS));
  expect(slotsOf("osr_plugin_api")).toEqual(described(PLUGIN_FUNCTIONS));
  const version = HEADER.indexOf("uint32_t version", HEADER.indexOf("struct osr_plugin_api"));
  for (const [name, { isRequired }] of Object.entries(PLUGIN_FUNCTIONS)) {
    expect(HEADER.indexOf(`(*${name})`, HEADER.indexOf("struct osr_plugin_api")) < version, name).toBe(isRequired);
  }
});

test("the C header has the same constants, and says from which version on a function is there", () => {
  const constants = Object.fromEntries(
    Array.from(HEADER.matchAll(/^#define (OSR_\w+) (\d+)u?\b/gm), ([, name, value]) => [name!, Number(value)]),
  );
  const versions = Array.from({ length: HOST_API_VERSION }, (_, index) => [`OSR_ABI_VERSION_${index + 1}`, index + 1]);
  const levels = LOG_LEVELS.map((name, level) => [`OSR_LOG_${name.toUpperCase()}`, level]);
  const events = Object.entries(TASK_EVENT).map(([name, value]) => [`OSR_TASK_EVENT_${name.toUpperCase()}`, value]);
  expect(constants).toEqual(Object.fromEntries([...versions, ...levels, ...events]));
  for (const [name, { since }] of Object.entries(HOST_FUNCTIONS)) {
    const said = HEADER.match(new RegExp(`\\(\\*${name}\\)\\(.*since version (\\d)`))?.[1] ?? "2";
    expect(Number(said), name).toBe(since);
  }
});

test("the slots of the line to the runner are those of the table", () => {
  const names = Object.keys(HOST_FUNCTIONS);
  expect(names.map((_, index) => hostFunctionAt(index + 1))).toEqual(names);
  expect(hostFunctionAt(names.length + 1)).toBeUndefined();
});

test("every copy of the C header is that header, byte for byte", () => {
  const folders = ["sdk", "examples", "test/fixtures"];
  const copies = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith("osaurus_plugin.h"))
      .map((path) => join(folder, path)),
  );
  expect(copies).toContain("sdk/go/osaurus_plugin.h");
  for (const copy of copies) expect(readFileSync(join(ROOT, copy), "utf8"), copy).toBe(HEADER);
});

test("what is made from the shapes is as they are now", () => {
  const check = () =>
    execFileSync(process.execPath, [join(ROOT, "scripts/generate-sdk.ts"), "--check"], { encoding: "utf8" });
  expect(check()).toBe("");
});

test("a file that is not as the shapes have it, or is missing, is named, and the check fails", () => {
  const folder = tempDir();
  const made = ["docs/reference", "sdk/c/osaurus_plugin.h", "sdk/rust/src/abi.rs", "sdk/zig/src/abi.zig"];
  for (const path of ["scripts", "package.json", ...made]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "src"), join(folder, "src"));
  appendFileSync(join(folder, "docs/reference/manifest.md"), "more\n");
  const args = [join(folder, "scripts/generate-sdk.ts"), "--check"];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const named = stdout.trim().split("\n");
  expect(status).toBe(1);
  expect(named.map((line) => line.split(" ")[0])).toEqual(["sdk/go/slots.go", "docs/reference/manifest.md"]);
  expect(existsSync(join(folder, "sdk/go/slots.go"))).toBe(false);
});

/** The members that a reader looks at in what it parses: each own member that it asks for by name. */
function readBy(read: () => unknown): string[] {
  const names = new Set<string>();
  const parse = JSON.parse;
  const spy = vi.spyOn(JSON, "parse").mockImplementation((text) => {
    const value = parse(text) as object;
    return new Proxy(value, {
      getOwnPropertyDescriptor(target, name) {
        names.add(String(name));
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
    });
  });
  onTestFinished(() => spy.mockRestore());
  read();
  spy.mockRestore();
  return [...names].sort();
}

/** They name an agent, and are passed over. */
const PASSED_OVER = ["agent_address", "agent_id"];

test("the members of requests for inference and tasks are those that the host reads", () => {
  const messages = [{ role: "user", content: "hi" }];
  for (const name of ["complete", "complete_stream"] as const) {
    const members = [...Object.keys(HOST_FUNCTIONS[name].request!), ...PASSED_OVER].sort();
    expect(
      readBy(() => parseCompletion(JSON.stringify({ messages }), name)),
      name,
    ).toEqual(members);
  }
  const members = [...Object.keys(HOST_FUNCTIONS.dispatch.request!), ...PASSED_OVER].sort();
  expect(readBy(() => parseDispatch('{"prompt":"p"}'))).toEqual(members);
});

test("each member of an http_request that is described changes what is sent", () => {
  const asker = { pluginId: "test", placeId: "test", warnOnce() {} };
  const least = { method: "GET", url: "https://example.com/" };
  const others: Record<string, unknown> = {
    method: "PUT",
    url: "https://example.com/other",
    headers: { "x-other": "1" },
    body: "b3RoZXI=",
    timeout_ms: 7,
    follow_redirects: false,
  };
  const plain = JSON.stringify(parseHttpRequest(JSON.stringify(least), asker), written);
  for (const [name, value] of Object.entries(others)) {
    const changed = parseHttpRequest(JSON.stringify({ ...least, [name]: value }), asker);
    expect(JSON.stringify(changed, written), name).not.toBe(plain);
  }
  const body = (encoding: object) =>
    parseHttpRequest(JSON.stringify({ ...least, body: "b3RoZXI=", ...encoding }), asker).body;
  expect(body({ body_encoding: "base64" })).not.toEqual(body({}));
  expect([...Object.keys(others), "body_encoding"].sort()).toEqual(
    Object.keys(HOST_FUNCTIONS.http_request.request!).sort(),
  );
});

function written(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
