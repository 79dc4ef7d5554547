// Waits for something, but no longer than a signal allows.

import { HostError } from "../protocol/errors.ts";

/**
 * What the promise gives. Throws `interrupted` as soon as the signal is aborted; whatever the promise comes to is then
 * nobody's concern any more.
 */
export async function untilAborted<T>(running: T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new HostError("interrupted", "interrupted"));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([running, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * What comes, one after the other. Throws `interrupted` as soon as the signal is aborted, also where what gives it hangs and
 * does not notice.
 */
export async function* eachUntilAborted<T>(all: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const each = all[Symbol.asyncIterator]();
  let isWaiting = false;
  try {
    for (;;) {
      isWaiting = true;
      const next = await untilAborted(each.next(), signal);
      isWaiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    const ended = each.return?.();
    // What hangs is told to end, and not waited for.
    if (isWaiting) ended?.catch(() => {});
    else await ended;
  }
}
