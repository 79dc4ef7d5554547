// /api/v1/session: who is signed in to the dashboard in this browser, signing in, and signing out.

import * as z from "zod/mini";
import { SIGN_IN_BODY_BYTES_MAX, SIGN_IN_CHARS_MAX } from "../limits.ts";
import { endpoint } from "./endpoint.ts";

const Session = z.object({
  /** The access key that it began with, and ends with. */
  key: z.object({ id: z.string(), name: z.string() }),
  /** When it ends at the latest; null for programs, which come with a key each time. */
  until: z.nullable(z.string()),
  version: z.string(),
});

const secret = z.optional(z.string().check(z.maxLength(SIGN_IN_CHARS_MAX)));

export const SIGN_IN_API = {
  show_sign_in: endpoint({
    method: "GET",
    path: "/session",
    name: "show_sign_in",
    summary: "says who asks, and until when the dashboard's session lives",
    answer: Session,
  }),
  sign_in: endpoint({
    method: "POST",
    path: "/session",
    name: "sign_in",
    summary: "signs in to the dashboard with a one-time code or an access key; for the dashboard's own pages only",
    body: z.strictObject({
      /** One of both: what `osaurus ui` printed, or an access key for the whole host. */
      code: secret,
      key: secret,
    }),
    answer: Session,
    needsNoKey: true,
    bodyBytesMax: SIGN_IN_BODY_BYTES_MAX,
  }),
  sign_out: endpoint({
    method: "DELETE",
    path: "/session",
    name: "sign_out",
    summary: "ends the dashboard's session of this browser",
    answer: z.object({ signed_out: z.literal(true) }),
  }),
} as const;
