// What the page knows of the host. A failure that says that nobody is signed in any more is learnt by the whole page at once.

import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";
import { ask } from "./ask.ts";

/** What was learnt counts as new so long, unless the host says that it changed. */
const FRESH_MS = 30_000;
const TRIES_MAX = 2;

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignedOut }),
  mutationCache: new MutationCache({ onError: noticeSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // What the host refused is refused again; what it did not answer may be answered.
      retry: (count, error) => count < TRIES_MAX && isUnreachable(error),
    },
    // What was sent and answered may be secret: it is forgotten with whoever asked.
    mutations: { retry: false, gcTime: 0 },
  },
});

const SESSION = ["GET /session"];

function noticeSignedOut(error: unknown): void {
  if (!(error instanceof ApiError) || error.code !== "unauthorized") return;
  const state = queryClient.getQueryCache().find({ queryKey: SESSION, exact: false })?.state;
  if (state?.status === "success") void queryClient.invalidateQueries({ queryKey: SESSION });
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && error.code === "unreachable";
}

/** Begins a session. Throws `ApiError`. */
export async function signIn(brought: { readonly code?: string; readonly key?: string }): Promise<void> {
  const session = await ask("POST /session", { body: brought });
  queryClient.setQueryData([...SESSION, {}], session);
}

/** Ends the session; nothing of what was seen is kept in the page. Throws `ApiError`: somebody is signed in still then. */
export async function signOut(): Promise<void> {
  await ask("DELETE /session", {}).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== "unauthorized") throw error;
  });
  queryClient.clear();
  location.assign("/");
}
