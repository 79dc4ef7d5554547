// How a plugin behaves on hosts that are older than this one: each gets the table of functions as it ended then, and
// whatever reads on behind it crashes instead of finding something by chance.

import { toHostError } from "../protocol/errors.ts";
import { ABI_CALL_MS_MAX } from "../protocol/limits.ts";
import type { AbiMatrixOptions, AbiRow, HostVersion, OpenPluginOptions } from "./api.ts";
import { closeWith } from "./close-with.ts";
import { openPlugin } from "./open-plugin.ts";
import { isPluginFault } from "./plugin-fault.ts";
import type { LoadedKit } from "./plugin-kit.ts";

const HOSTS: readonly HostVersion[] = [1, 2, 3, 4, 5, 6];

/** @param signal ends it with `interrupted`. */
export async function abiMatrix(
  { hosts = HOSTS, calls = [], ...options }: AbiMatrixOptions,
  signal?: AbortSignal,
): Promise<readonly AbiRow[]> {
  const rows: AbiRow[] = [];
  for (const host of hosts) rows.push(await rowOf({ ...options, hostVersion: host }, host, calls, signal));
  return rows;
}

async function rowOf(
  options: OpenPluginOptions,
  host: HostVersion,
  wanted: NonNullable<AbiMatrixOptions["calls"]>,
  signal: AbortSignal | undefined,
): Promise<AbiRow> {
  let kit: LoadedKit;
  try {
    kit = await openPlugin(options, signal);
  } catch (error) {
    // What is nobody's but the plugin's is how it behaves.
    if (!isPluginFault(error)) throw error;
    const crashed = error.code === "load_crashed";
    return { host, loads: false, abi: undefined, calls: [], problem: error.message, crashed };
  }
  await using open = closeWith(kit, signal);
  const calls: AbiRow["calls"][number][] = [];
  for (const { tool, args } of wanted) {
    const calling = kit.call(tool, args, { timeoutMs: ABI_CALL_MS_MAX });
    const { envelope } = await Promise.race([calling, open.interrupted]).catch((error: unknown) => {
      const { code, message } = toHostError(error);
      if (code === "interrupted") throw error;
      return { envelope: { ok: false, message } as const };
    });
    calls.push(envelope.ok ? { tool, ok: true } : { tool, ok: false, message: envelope.message });
  }
  const { crashes } = await kit.report();
  return { host, loads: true, abi: kit.abi, calls, problem: crashes[0], crashed: crashes.length > 0 };
}
