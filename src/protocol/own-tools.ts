// The names of the host's own tools within a run. A run where one of them is taken calls its own another name.

export const CLARIFY = "clarify";
export const SHARE_ARTIFACT = "share_artifact";
export const READ_TOOL_OUTPUT = "read_tool_output";
export const READ_SKILL = "read_skill";

/** All of them. Nobody gives them to a run: it has those that are of use in it. */
export const OWN_TOOLS: ReadonlySet<string> = new Set([CLARIFY, SHARE_ARTIFACT, READ_TOOL_OUTPUT, READ_SKILL]);
