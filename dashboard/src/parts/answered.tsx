// Shows an answer of the host. Whatever was learnt stays, with what somebody typed below it, also when asking again failed: that is
// said above it. Without an answer: that it is asked for, or what went wrong.

import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import type { ApiError } from "../api/api-error.ts";
import { ErrorNotice, type WayOn } from "./error-notice.tsx";

interface AnsweredProps<T> {
  /** Of `useAnswer` and its kind. */
  readonly answer: { readonly data: T | undefined; readonly error: ApiError | null; refetch(): unknown };
  readonly children: (data: T) => ReactNode;
  /** Stands there until it is known; a grey box when not given. */
  readonly loading?: ReactNode;
  /** Where to go on when there is nothing to show. */
  readonly way?: WayOn;
}

export function Answered<T>({ answer, children, loading, way }: AnsweredProps<T>) {
  const { data, error } = answer;
  const retry = () => void answer.refetch();
  if (data === undefined) {
    if (error !== null) return <ErrorNotice error={error} retry={retry} {...(way === undefined ? {} : { way })} />;
    return loading ?? <Skeleton height={120} role="status" aria-label="Loading" />;
  }
  return (
    <>
      {error !== null && <ErrorNotice error={error} retry={retry} isOldBelow />}
      {children(data)}
    </>
  );
}
