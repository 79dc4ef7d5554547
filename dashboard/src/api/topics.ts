// What answers are about: the first word of their path. The host says of each topic when something of it changed.

import type { Topic as ChangedTopic } from "../../../src/protocol/api/events.ts";
import { queryClient } from "./query-client.ts";

/** Of the last two the host tells nothing by itself. */
export type Topic = ChangedTopic | "insights" | "host";

/** Asks again for what is shown of these topics. */
export async function refresh(topics: readonly Topic[]): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey }) => topics.includes(topicOf(String(queryKey[0]))),
  });
}

/** Of an answer, by what was asked: `GET /plugins/{plugin}`. */
function topicOf(asked: string): Topic {
  return asked.split("/", 2)[1] as Topic;
}
