// Whether the arguments that somebody wants to put in place of a waiting call's are what its tool takes: before anything is
// answered, so that they can be mended. Whoever makes the call checks them again.

import { HostError } from "../protocol/errors.ts";
import { APPROVAL_ARGUMENTS_CHARS_MAX } from "../protocol/limits.ts";
import type { ManifestTool } from "../protocol/manifest.ts";
import type { KeptArguments } from "../store/approval-rows.ts";
import { prepareCheck } from "../tools/argument-check.ts";

interface Waiting {
  arguments(id: string): Promise<KeptArguments>;
}

/**
 * The arguments as the tool will get them. Fails with `arguments_invalid`, `input_too_large`, and when nothing waits under this
 * id, as an answer does.
 */
export async function checkEdited(approvals: Waiting, id: string, edited: string): Promise<string> {
  const { toolId, whole } = await approvals.arguments(id);
  if (whole === undefined) throw tooLong("the arguments of this call, or their schema, are too long to be changed");
  if (edited.length > APPROVAL_ARGUMENTS_CHARS_MAX) throw tooLong("the arguments are too long");
  const parameters = whole.schema as ManifestTool["parameters"];
  const tool = { id: toolId, description: "", ...(parameters === undefined ? {} : { parameters }) };
  const checked = (await prepareCheck(tool)).check(edited);
  if ("input" in checked) return checked.input;
  const { message, field, expected } = checked.failure;
  throw new HostError("arguments_invalid", `the arguments do not fit the tool "${toolId}": ${message}`, {
    hint: "nothing was answered yet: mend them and answer again",
    details: {
      key: "arguments",
      ...(field === undefined ? {} : { field }),
      ...(expected === undefined ? {} : { expected }),
    },
  });
}

function tooLong(what: string): HostError {
  return new HostError("input_too_large", `${what}: up to ${APPROVAL_ARGUMENTS_CHARS_MAX} characters can be`, {
    hint: "allow or deny the call as it is",
    details: { key: "arguments", chars_max: APPROVAL_ARGUMENTS_CHARS_MAX },
  });
}
