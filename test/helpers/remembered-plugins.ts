// Process plugins that described themselves some time ago: files in the user's plugin folder, changed since, and what the
// cache has of them; and one beside them that was never asked. Whoever runs one of these files leaves a mark.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resolvePaths } from "../../src/base/paths.ts";
import { DescribeV1 } from "../../src/protocol/process-plugin.ts";
import type { TempHome } from "./temp-home.ts";

export interface RememberedPlugin {
  readonly id: string;
  readonly commands: readonly object[];
}

/** Puts them there; gives the file that exists once one of them was run. */
export function rememberPlugins(home: TempHome, plugins: readonly RememberedPlugin[]): { wasRun(): boolean } {
  const paths = resolvePaths({ env: home.env, platform: process.platform });
  const folder = join(paths.config, "plugins");
  const mark = join(home.path, "a-plugin-was-run");
  mkdirSync(folder, { recursive: true });
  const put = (id: string) => {
    const path = join(folder, `osp-${id}`);
    writeFileSync(path, `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
    return path;
  };
  put("never-asked");
  const entries = plugins.map(({ id, commands }) => {
    const path = put(id);
    const described = { protocol_version: 1, plugin_id: id, plugin_version: "1.0.0", commands };
    return { path, size: 1, mtime_secs: 1, mtime_nanos: 1, describe: DescribeV1.parse(described) };
  });
  mkdirSync(paths.cache, { recursive: true, mode: 0o700 });
  writeFileSync(join(paths.cache, "describe-v1.json"), JSON.stringify({ version: 1, entries, failures: [] }));
  return { wasRun: () => existsSync(mark) };
}
