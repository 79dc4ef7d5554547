// The names of the flags that a plugin command's line may hold for the host. A file of its own, so that the command line
// can be split before anything heavier is loaded.

const BARE = new Set(["--verbose", "--quiet", "--debug", "--json", "--ascii", "--no-color"]);
const WITH_VALUE = new Set(["--format", "--plugin-dir", "--plugin-provider", "--color", "--unicode", "--timeout"]);
const CLUSTER = /^-[vqd]+$/;

/** `-v`, `-qq`, `-vd`: letters that are counted. */
export function isFlagCluster(token: string): boolean {
  return CLUSTER.test(token);
}

/** Whether a token is a flag of the host's: bare, with `=value`, or with its value in the next token. */
export function isHostFlag(token: string): boolean {
  return BARE.has(token) || isFlagCluster(token) || WITH_VALUE.has(token.split("=", 1)[0]!);
}

/** Whether the flag's value is the next token. */
export function takesNextToken(token: string): boolean {
  return WITH_VALUE.has(token);
}
