// Semantic versions, as far as "is this host new enough" needs them.

export interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];
}

const NUMBER = "(0|[1-9][0-9]*)";
const PART = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PART}(?:\\.${PART})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);

/** The parts of a semantic version; undefined when the text is none. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (!match) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return {
    numbers: [BigInt(major!), BigInt(minor!), BigInt(patch!)],
    prerelease: prerelease?.split(".") ?? [],
  };
}

/** Negative, zero or positive, by the precedence rules of semantic versioning (build metadata does not count). */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, left] of a.numbers.entries()) {
    const right = b.numbers[index]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (const [index, left] of a.prerelease.entries()) {
    const right = b.prerelease[index];
    if (right === undefined) return 1;
    if (left !== right) return comparePart(left, right);
  }
  return a.prerelease.length - b.prerelease.length;
}

function comparePart(a: string, b: string): number {
  const areNumbers = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (areNumbers[0] && areNumbers[1]) return BigInt(a) < BigInt(b) ? -1 : 1;
  if (areNumbers[0] !== areNumbers[1]) return areNumbers[0] ? -1 : 1;
  return a < b ? -1 : 1;
}
