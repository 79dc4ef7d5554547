// What a host function gives: the text for the plugin, and what Insights should know beside it.

import { sortedMembers } from "../protocol/sorted-members.ts";

export interface HostAnswer {
  /** What the plugin gets; null for NULL. */
  readonly text: string | null;
  /** The row's status; without it, that of the error code, or 200. */
  readonly status?: number;
  /** How the row is headed, where that takes more than the arguments' text. */
  readonly heading?: { readonly method: string; readonly path: string };
  /** The code of the failure that the text tells. */
  readonly errorCode?: string;
  /** What the row shows as the response in the text's place: null for nothing. */
  readonly shown?: string | null;
}

/** A refusal or failure: the flat envelope that plugins look for ("Osaurus: Host API", errors). */
export function refusal(code: string, message: string, more: Readonly<Record<string, unknown>> = {}): HostAnswer {
  return { text: JSON.stringify(sortedMembers({ ...more, error: code, message })), errorCode: code };
}
