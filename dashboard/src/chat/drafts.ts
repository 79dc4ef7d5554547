// What somebody wrote and did not send yet, for each conversation: it is there again when they come back to it, until the page is
// loaded anew.

import { useSyncExternalStore } from "react";

/** Of the question that begins a conversation. */
export const FIRST_QUESTION = "";

const drafts = new Map<string, string>();
const shown = new Set<() => void>();

/** @param conversation its id, or `FIRST_QUESTION`. */
export function useDraft(conversation: string): string {
  return useSyncExternalStore(follow, () => drafts.get(conversation) ?? "");
}

export function setDraft(conversation: string, text: string): void {
  if (text === "") drafts.delete(conversation);
  else drafts.set(conversation, text);
  for (const show of shown) show();
}

/** What was sent is a draft no more; what was typed meanwhile is. */
export function endDraft(conversation: string, sent: string): void {
  if (drafts.get(conversation) === sent) setDraft(conversation, "");
}

/** What was typed while another conversation began is the next thing to say in that one. */
export function moveDraft(from: string, to: string): void {
  const text = drafts.get(from);
  if (text === undefined) return;
  setDraft(from, "");
  setDraft(to, text);
}

function follow(show: () => void): () => void {
  shown.add(show);
  return () => void shown.delete(show);
}
