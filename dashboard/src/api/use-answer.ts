// Answers of the control API in components: asked for once, kept, and asked for again when the host says that they changed.

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ApiError } from "./api-error.ts";
import { type Answer, type Asked, ask, type Input } from "./ask.ts";

interface AnswerOptions {
  /** Not yet. */
  readonly isOff?: boolean;
  /** Shows the answer to the question before until the new one is there. */
  readonly keepsPrevious?: boolean;
}

export function useAnswer<K extends Asked>(
  asked: K,
  input: Omit<Input<K>, "body">,
  { isOff = false, keepsPrevious = false }: AnswerOptions = {},
): UseQueryResult<Answer<K>, ApiError> {
  return useQuery<Answer<K>, ApiError>({
    queryKey: [asked, input],
    queryFn: ({ signal }) => ask(asked, input as Input<K>, signal),
    enabled: !isOff,
    ...(keepsPrevious ? { placeholderData: (previous: Answer<K> | undefined) => previous } : {}),
  } as Parameters<typeof useQuery<Answer<K>, ApiError>>[0]);
}
