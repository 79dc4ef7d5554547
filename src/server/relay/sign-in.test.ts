import { expect, test } from "vitest";
import { signPersonal } from "../../base/ethereum-signature.ts";
import { TUNNEL_CLOCK_SECONDS_MAX } from "../../protocol/limits.ts";
import { tunnelSignatureText } from "../../protocol/tunnel-frames.ts";
import { refuseSignIn, type SignInRules } from "./sign-in.ts";

// The keys 1 and 2, whose addresses are well known.
const [ONE, TWO] = [
  { key: "1".padStart(64, "0"), address: "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf" },
  { key: "2".padStart(64, "0"), address: "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf" },
];
const NONCE = "ab".repeat(32);
const NOW = 1_780_000_000;
const RULES: SignInRules = { nonce: NONCE, nowMs: NOW * 1_000, allowed: undefined };

function signIn(agents: readonly { key: string; address: string }[], nonce = NONCE, timestamp = NOW) {
  const signed = agents.map(({ key, address }) => ({
    address,
    signature: signPersonal(key, tunnelSignatureText(address, nonce, timestamp)),
  }));
  return { agents: signed, nonce, timestamp };
}

test("agents whose keys signed the challenge are let in, in any letter case of their addresses", () => {
  expect(refuseSignIn(signIn([ONE, TWO]), RULES)).toBeUndefined();
  const upper = { ...ONE, address: `0x${ONE.address.slice(2).toUpperCase()}` };
  expect(refuseSignIn(signIn([upper]), RULES)).toBeUndefined();
});

test("one wrong signature keeps all of them out", () => {
  const wrong = signIn([ONE, { key: ONE.key, address: TWO.address }]);
  expect(refuseSignIn(wrong, RULES)).toContain(`the signature for ${TWO.address} is wrong`);
});

test("a signature of another nonce or another time is wrong", () => {
  const { agents } = signIn([ONE], "cd".repeat(32));
  expect(refuseSignIn({ agents, nonce: NONCE, timestamp: NOW }, RULES)).toContain("is wrong");
  expect(refuseSignIn({ ...signIn([ONE]), timestamp: NOW + 1 }, RULES)).toContain("is wrong");
});

test("a nonce that was used, or is another connection's, opens nothing", () => {
  expect(refuseSignIn(signIn([ONE]), { ...RULES, nonce: undefined })).toContain("no open challenge");
  expect(refuseSignIn(signIn([ONE], "cd".repeat(32)), RULES)).toContain("not the one of the challenge");
});

test("it is only the nonce that keeps a recorded sign-in out: with the same one it would be let in", () => {
  const recorded = signIn([ONE], "cd".repeat(32));
  expect(refuseSignIn(recorded, RULES)).toContain("not the one of the challenge");
  expect(refuseSignIn(recorded, { ...RULES, nonce: recorded.nonce })).toBeUndefined();
});

test("the clocks may be as far apart as they may, and no second more, in both directions", () => {
  for (const by of [-TUNNEL_CLOCK_SECONDS_MAX, TUNNEL_CLOCK_SECONDS_MAX]) {
    expect(refuseSignIn(signIn([ONE], NONCE, NOW + by), RULES)).toBeUndefined();
    expect(refuseSignIn(signIn([ONE], NONCE, NOW + by + Math.sign(by)), RULES)).toContain("relay's clock");
  }
});

test("an address that is there twice is refused, also in another letter case", () => {
  const upper = { ...ONE, address: `0x${ONE.address.slice(2).toUpperCase()}` };
  expect(refuseSignIn(signIn([ONE, upper]), RULES)).toContain("twice");
});

test("where only some addresses are allowed, others stay out with a right signature", () => {
  const rules = { ...RULES, allowed: new Set([ONE.address]) };
  expect(refuseSignIn(signIn([ONE]), rules)).toBeUndefined();
  expect(refuseSignIn(signIn([ONE, TWO]), rules)).toContain(`${TWO.address} is not allowed`);
});
