// What answers are about: the first word of their path. The host says of each topic when something of it changed.

import { queryClient } from "./query-client.ts";

export type Topic =
  | "plugins"
  | "process-plugins"
  | "registries"
  | "approvals"
  | "permissions"
  | "tools"
  | "agents"
  | "sessions"
  | "tasks"
  | "keys"
  | "providers"
  | "models"
  | "tunnel"
  | "storage"
  | "insights"
  | "host";

/** Asks again for what is shown of these topics. */
export async function refresh(topics: readonly Topic[]): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey }) => topics.includes(topicOf(String(queryKey[0]))),
  });
}

/** Of an answer, by what was asked: `GET /plugins/{plugin}`. */
export function topicOf(asked: string): Topic {
  return asked.split("/", 2)[1] as Topic;
}
