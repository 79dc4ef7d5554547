// /api/v1/storage: where things are kept, how large they are, and how they are protected.

import * as z from "zod/mini";
import { endpoint } from "./endpoint.ts";

const text = z.string();
const number = z.number();

export const STORAGE_API = {
  show_storage: endpoint({
    method: "GET",
    path: "/storage",
    name: "show_storage",
    summary: "says where things are kept, how large they are, how they are protected, and what is wrong with them",
    answer: z.object({
      data_folder: text,
      /** Null: it cannot be told. */
      free_bytes: z.nullable(number),
      parts: z.array(
        z.object({
          kind: z.enum(["control", "insights", "plugin"]),
          /** Of a plugin: its id. */
          name: text,
          path: text,
          bytes: number,
        }),
      ),
      keys: z.object({
        /** What opens the keys of all that is encrypted; `nothing`: there is nothing encrypted yet. */
        protected_by: z.enum(["keychain", "key_file", "nothing", "unknown"]),
        made_at: z.nullable(text),
        /** Whether the recovery key that was shown when they were made opens them. */
        has_recovery_key: z.boolean(),
        older: number,
      }),
      /** As `osaurus doctor` says it. */
      findings: z.array(
        z.object({
          code: text,
          status: z.enum(["ok", "warn", "fail"]),
          label: text,
          detail: text,
          hint: z.nullable(text),
        }),
      ),
    }),
    needsWholeKey: true,
  }),
} as const;
