// The host API of one plugin with everything real behind it, in a folder of its own.

import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createHostApi, type HostApiDeps } from "../../src/host-api/create-host-api.ts";
import { createHttpClient } from "../../src/host-api/http-client.ts";
import type { Activity } from "../../src/protocol/activity.ts";
import type { HostCall, HostFunction } from "../../src/protocol/host-slots.ts";
import { DataKeys } from "../../src/store/data-keys.ts";
import { PluginDatabases } from "../../src/store/plugin-databases.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import { tempDir } from "./temp-dir.ts";

export const AGENT = "AAAAAAAA-0000-0000-0000-000000000001";
export const OTHER_AGENT = "BBBBBBBB-0000-0000-0000-000000000002";

const DATABASE_PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");

interface OpenHostApi {
  readonly deps: HostApiDeps;
  /** Calls a function as AGENT; members of `context` change what the call comes with. */
  call(name: HostFunction, args?: (string | null)[], context?: Partial<HostCall>): Promise<string | null>;
  readonly warnings: string[];
  readonly rows: Activity[];
  readonly folder: string;
}

interface HostApiOptions extends Partial<HostApiDeps> {
  /** Where everything lies; without it, in a new folder. */
  readonly folder?: string;
}

export function openHostApi({ folder = tempDir(), ...changes }: HostApiOptions = {}): OpenHostApi {
  const warnings: string[] = [];
  const rows: Activity[] = [];
  const keys = new DataKeys({ folder: join(folder, "Secrets"), env: {} });
  const databases = new PluginDatabases({
    program: DATABASE_PROGRAM,
    keys,
    folderOf: (placeId) => join(folder, "data", placeId),
    warn: (_placeId, text) => warnings.push(text),
  });
  const http = createHttpClient({ mayReach: () => false });
  onTestFinished(async () => {
    http.close();
    await databases.stop();
  });
  const deps: HostApiDeps = {
    pluginId: () => "p",
    placeId: () => "p",
    shownId: () => "p",
    isServed: () => true,
    secrets: new SecretStore(join(folder, "Secrets"), keys, { warn: (_pluginId, text) => warnings.push(text) }),
    databases,
    http,
    artifacts: join(folder, "artifacts"),
    recorder: { record: (row) => rows.push(row) },
    warn: (text) => warnings.push(text),
    ...changes,
  };
  const handler = createHostApi(deps);
  const call: OpenHostApi["call"] = async (name, args = [], context = {}) =>
    await handler({
      name,
      args,
      agentId: AGENT,
      traceId: undefined,
      isInContext: true,
      runner: deps,
      gone: new AbortController().signal,
      abandoned: () => undefined,
      room: async () => true,
      taken: async () => true,
      chunk: async () => undefined,
      ...context,
    });
  return { deps, call, warnings, rows, folder };
}
