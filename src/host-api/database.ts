// db_exec and db_query: SQL in the plugin's own database ("Osaurus: Host API", storage).

import type { HostCall } from "../protocol/host-slots.ts";
import type { Served } from "./create-host-api.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";

type DatabaseDeps = Pick<Served, "placeId" | "databases" | "warnOnce">;

export async function dbExec(call: HostCall, deps: DatabaseDeps): Promise<HostAnswer> {
  return await run("exec", call, deps);
}

export async function dbQuery(call: HostCall, deps: DatabaseDeps): Promise<HostAnswer> {
  return await run("query", call, deps);
}

async function run(kind: "exec" | "query", call: HostCall, deps: DatabaseDeps): Promise<HostAnswer> {
  const { name, args, runner } = call;
  const { placeId, databases, warnOnce } = deps;
  const [sql, params] = args;
  if (typeof sql !== "string") return { text: null };
  // Answers may be large, and a plugin may ask without ever taking them.
  if (!(await call.room())) return refusal("context_unavailable", "The plugin is gone.");
  const statement = { placeId, runner, kind, sql, params: params || null };
  const { json, errorCode, ignoredText, ignoredParams } = await databases.run(statement);
  if (ignoredText) warnOnce(`${name} text`, `${name} runs the first statement only; what stood behind it was ignored`);
  if (ignoredParams) warnOnce(`${name} params`, `${name} was given parameters that are no JSON; they were ignored`);
  return errorCode === undefined ? { text: json } : { text: json, errorCode };
}
