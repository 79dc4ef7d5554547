// Takes what was kept of the plugins in some folders out of the cache.

import { distinctRoots, findCandidates, type PluginRoot } from "./roots.ts";
import { updateDescribeCache } from "./update-describe-cache.ts";

/** Gives the number of files of which something had been kept. */
export async function forgetPlugins(cacheFile: string | undefined, roots: readonly PluginRoot[]): Promise<number> {
  if (cacheFile === undefined) return 0;
  const forget = findCandidates(distinctRoots(roots)).map(({ path }) => path);
  return await updateDescribeCache(cacheFile, { entries: [], failures: [], forget });
}
