// A word that comes, is read, and goes: what was done, what failed. Texts of plugins may be in it, with nothing hidden in them.

import { notifications } from "@mantine/notifications";
import type { ApiError } from "../api/api-error.ts";
import { plainText } from "./plain-text.ts";

/** A failure has more to read. */
const FAILURE_SHOWN_MS = 10_000;

export function tell(message: string, title?: string): void {
  notifications.show({ message: plainText(message), ...(title === undefined ? {} : { title: plainText(title) }) });
}

export function tellFailure({ message, hint, code }: Pick<ApiError, "message" | "hint" | "code">): void {
  const says = { title: plainText(message), message: plainText(hint ?? code) };
  notifications.show({ ...says, color: "red", autoClose: FAILURE_SHOWN_MS });
}
