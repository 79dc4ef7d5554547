// Shows an answer of the host once it is there; until then that it is asked for, or what went wrong.

import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ApiError } from "../api/api-error.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";

interface AnsweredProps<T> {
  readonly answer: UseQueryResult<T, ApiError>;
  readonly children: (data: T) => ReactNode;
}

export function Answered<T>({ answer, children }: AnsweredProps<T>) {
  if (answer.data !== undefined) return children(answer.data);
  if (answer.error !== null) return <ErrorNotice error={answer.error} retry={() => void answer.refetch()} />;
  return <Skeleton height={120} role="status" aria-label="Loading" />;
}
