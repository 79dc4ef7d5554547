import { expect, test } from "vitest";
import { callerOf } from "./relay-caller.ts";

const request = (remoteAddress: string, forwarded?: string) => ({
  headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  socket: { remoteAddress },
});

test("the caller is who the connection comes from, whatever it claims", () => {
  expect(callerOf(request("192.0.2.7", "10.0.0.1"), false).address).toBe("192.0.2.7");
  expect(callerOf(request("192.0.2.7", "10.0.0.1"), true).address).toBe("192.0.2.7");
  expect(callerOf(request("127.0.0.1", "10.0.0.1"), false).address).toBe("127.0.0.1");
  expect(callerOf(request("::ffff:192.0.2.7"), false).address).toBe("192.0.2.7");
});

test("a trusted proxy on this machine says who asked it, behind what the caller claims", () => {
  expect(callerOf(request("127.0.0.1", "10.0.0.1, 192.0.2.7"), true).address).toBe("192.0.2.7");
  expect(callerOf(request("::ffff:127.0.0.1", "2001:db8::9"), true).address).toBe("2001:db8::9");
  expect(callerOf(request("::1", "192.0.2.7, unknown"), true).address).toBe("::1");
  expect(callerOf(request("::1", ""), true).address).toBe("::1");
  expect(callerOf(request("::1"), true).address).toBe("::1");
});

test("addresses of the sixth version that one caller mostly has together count together", () => {
  const networks = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "fe80::1%eth0"].map(
    (address) => callerOf(request(address), false).network,
  );
  expect(networks).toEqual(["2001:db8:1:2::", "2001:db8:1:2::", "fe80::"]);
  expect(callerOf(request("2001:db8:1:3::1"), false).network).not.toBe(networks[0]);
  expect(callerOf(request("192.0.2.7"), false).network).toBe("192.0.2.7");
});
