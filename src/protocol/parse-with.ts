// Checks what came from outside against a schema.

import type * as z from "zod/mini";
import { describeIssues } from "./issue-text.ts";

/** The value as the schema makes it, or in one line what is wrong with it. Never throws, whatever the input is. */
export function parseWith<T extends z.core.$ZodType>(
  schema: { safeParse(input: unknown): z.core.util.SafeParseResult<z.core.output<T>> } & T,
  input: unknown,
): { readonly data: z.core.output<T> } | { readonly problem: string } {
  try {
    const parsed = schema.safeParse(input);
    return parsed.success ? { data: parsed.data } : { problem: describeIssues(parsed.error, input) };
  } catch (error) {
    // The library collects mistakes as arguments of a call, and so many do not fit on the stack.
    if (error instanceof RangeError) return { problem: "there are too many mistakes to list" };
    throw error;
  }
}
