// The official conformance suite against `/mcp` of a real host, with a plugin that has the tools which the suite looks for.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { type KeyProxy, startKeyProxy } from "../helpers/key-proxy.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";
import { keptTempDir } from "../helpers/temp-dir.ts";

const SUITE = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js");
const KNOWN = join(import.meta.dirname, "../fixtures/mcp");

let served: ServedHost;
let proxy: KeyProxy;
const folder = keptTempDir();

beforeAll(async () => {
  served = await serveHost();
  installFixture(served.home.env["OSAURUS_HOME"]!, "mcp-conformance");
  // The suite cannot send a key.
  proxy = await startKeyProxy(served.port, served.key);
});
afterAll(async () => {
  await proxy.stop();
  await served.stop();
  folder.remove();
});

interface SuiteResult {
  readonly code: number | null;
  readonly output: string;
}

async function runSuite(revision: string, known: string): Promise<SuiteResult> {
  const args = ["server", "--url", `${proxy.url}/mcp`, "--requirements", revision, "--expected-failures", known];
  return await new Promise((resolve) => {
    const options = { cwd: folder.path, maxBuffer: 16 * 1024 * 1024 };
    execFile(process.execPath, [SUITE, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code as number), output: `${stdout}${stderr}` }),
    );
  });
}

describe.concurrent("the conformance suite", () => {
  for (const revision of ["2025-11-25", "2026-07-28"]) {
    test(`finds what is known to be missing in ${revision}, and nothing else`, async () => {
      const { code, output } = await runSuite(revision, join(KNOWN, `conformance-${revision}.yml`));
      expect(code, output.slice(output.indexOf("=== SUMMARY"))).toBe(0);
    });
  }
});
