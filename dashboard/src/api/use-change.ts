// Changes something on the host. What it changed is asked for again; a failure is told, unless whoever asks shows it in its place.

import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { tell, tellFailure } from "../parts/tell.ts";
import type { ApiError } from "./api-error.ts";
import { type Answer, type Asked, ask, type Input } from "./ask.ts";
import { refresh, type Topic } from "./topics.ts";

interface ChangeOptions<K extends Asked> {
  /** Which answers are others from now on. */
  readonly changes: readonly Topic[];
  /** Said when it is done. */
  readonly done?: string | ((answer: Answer<K>) => string);
  /** The failure is shown by whoever asks. */
  readonly isFailureShown?: boolean;
  onDone?(answer: Answer<K>, input: Input<K>): void;
}

export function useChange<K extends Asked>(
  asked: K,
  { changes, done, isFailureShown = false, onDone }: ChangeOptions<K>,
): UseMutationResult<Answer<K>, ApiError, Input<K>> {
  return useMutation<Answer<K>, ApiError, Input<K>>({
    mutationFn: (input) => ask(asked, input),
    async onSuccess(answer, input) {
      onDone?.(answer, input);
      if (done !== undefined) tell(typeof done === "string" ? done : done(answer));
      await refresh(changes);
    },
    onError(error) {
      if (!isFailureShown) tellFailure(error);
    },
  });
}
