// How libsodium turns the limits that stand in a secret-key file into the numbers of scrypt (RFC 7914).

/** At most so many steps, in so much memory. */
export interface ScryptLimits {
  readonly steps: bigint;
  readonly memoryBytes: bigint;
}

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const STEPS_MIN = 32_768n;
const R = 8n;
const MAX_R_P = 0x3fff_ffffn;

export function scryptCost({ steps: wanted, memoryBytes }: ScryptLimits): ScryptCost {
  const steps = wanted < STEPS_MIN ? STEPS_MIN : wanted;
  if (steps < memoryBytes / 32n) return { N: 2 ** bitsOf(steps / (R * 4n)), r: Number(R), p: 1 };
  const bits = bitsOf(memoryBytes / (R * 128n));
  const most = steps / 4n / 2n ** BigInt(bits);
  const p = (most > MAX_R_P ? MAX_R_P : most) / R;
  return { N: 2 ** bits, r: Number(R), p: Math.max(1, Number(p)) };
}

/** The power of two that is the most that fits, and at least 1. */
function bitsOf(most: bigint): number {
  let bits = 1;
  while (bits < 63 && 1n << BigInt(bits) <= most / 2n) bits++;
  return bits;
}
