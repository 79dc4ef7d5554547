// Somebody with a data folder of their own, who runs the real program.

import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { runCli } from "./run-cli.ts";
import { tempDir } from "./temp-dir.ts";
import type { TempHome } from "./temp-home.ts";

/** The folder goes with the current test. */
export function osaurusUser(home: TempHome) {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  return {
    data: env.OSAURUS_HOME,
    osaurus,
    /** What a command prints with `--json`. */
    json: async <T = Record<string, unknown>>(...args: string[]): Promise<T> => {
      const { stdout, stderr } = await osaurus(...args, "--json");
      if (stdout === "") throw new Error(stderr);
      return JSON.parse(stdout) as T;
    },
    /** Of commands that run side by side. */
    exitCodes: async (...lines: string[][]) =>
      (await Promise.all(lines.map((line) => osaurus(...line)))).map(({ code }) => code),
    /** In this process, on the same folder. */
    withHost: async <T>(use: (host: Host) => Promise<T>): Promise<T> => {
      const host = createHost({ paths: resolvePaths({ env, platform: process.platform }), env, cwd: env.OSAURUS_HOME });
      try {
        return await use(host);
      } finally {
        await host.stop();
      }
    },
  };
}
