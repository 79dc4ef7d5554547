import { expect, test } from "vitest";
import { checkedAddresses, checkHost, type GuardDeps, guardedUrl, isAmong } from "./address-guard.ts";

const NO_GRANT: GuardDeps = { mayReach: () => false, resolve: async () => ["203.0.113.9"] };

/** What the guard says of a URL: the refusal, or the host and port that it would let through. */
async function judged(text: string, deps: GuardDeps = NO_GRANT): Promise<string> {
  try {
    const url = guardedUrl(text);
    await checkHost(url, deps);
    return `passes as ${url.host}`;
  } catch (error) {
    return (error as Error).message;
  }
}

const refusal = (what: string) => `Requests to ${what} are blocked (SSRF protection)`;

const LOOPBACK = "loopback addresses";
const UNSPECIFIED = "unspecified addresses, which lead to loopback,";
const RFC1918 = "private addresses (RFC1918)";
const LINK_LOCAL = "link-local and metadata addresses";
const SHARED = "shared addresses of carriers (RFC6598)";
const MULTICAST = "multicast addresses";
const UNIQUE_LOCAL = "unique-local addresses";
const SITE_LOCAL = "site-local addresses";
const NO_HOST = "addresses without a host";

const BLOCKED: Readonly<Record<string, readonly string[]>> = {
  [LOOPBACK]: [
    "http://localhost/",
    "http://LOCALHOST/",
    "https://localhost:8443/x?y",
    "http://localhost./",
    "http://localhost../",
    "http://localhost%2e/",
    "http://localhost。/",
    "http://%6c%6f%63%61%6c%68%6f%73%74/",
    "http://ｌｏｃａｌｈｏｓｔ/",
    "http://lo\tcal\nhost/",
    " http://localhost/ ",
    "http://user:password@localhost/",
    "http://example.com@localhost/",
    "http://example.com:80@127.0.0.1/",
    "http://localhost\\@example.com/",
    "http://localhost#@example.com/",
    "http://app.localhost/",
    "http://a.b.c.LocalHost./",
    "http://ip6-localhost/",
    "http://IP6-LOOPBACK/",
    "http://ip6-loopback./",
    "http://127.0.0.1/",
    "http://127.0.0.1:65535/",
    "http://127.0.0.0/",
    "http://127.255.255.255/",
    "http://127.0.0.1./",
    "http://127.0.0.1../",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.1./",
    "http://2130706433/",
    "http://2130706433./",
    "http://0x7f000001/",
    "http://0X7F.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://0177.1/",
    "http://017700000001/",
    "http://00000177.0.0.1/",
    "http://127.0.0.01/",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.%31/",
    "HTTP://127.0.0.1/",
    "http://[::1]/",
    "http://[::1]:8080/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000::0001]/",
    "http://[::0.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::FFFF:7F00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[::7f00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:7f00:0001:1234::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001:0:cb00:7109:0:0:80ff:fffe]/",
    "http://[2001:db8::5efe:127.0.0.1]/",
    "http://[2001:db8::200:5efe:7f00:1]/",
  ],
  [UNSPECIFIED]: [
    "http://0.0.0.0/",
    "http://0/",
    "http://0x0/",
    "http://0x/",
    "http://0.1/",
    "http://0.255.255.255/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:0]/",
    "http://[::0.0.0.0]/",
    "http://[::ffff:0.0.0.0]/",
    "http://[::2]/",
    "http://[2002::1]/",
    "http://[64:ff9b::]/",
  ],
  [RFC1918]: [
    "http://10.0.0.0/",
    "http://10.255.255.255/",
    "http://0xa.1/",
    "http://012.0.0.1/",
    "http://167772161/",
    "http://172.16.0.0/",
    "http://172.31.255.255/",
    "http://0xac100001/",
    "http://192.168.0.0/",
    "http://192.168.255.255/",
    "http://192.168.1/",
    "http://0300.0250.1.1/",
    "http://3232235777/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::10.1.2.3]/",
    "http://[::ffff:172.16.0.1]/",
    "http://[::ffff:c0a8:101]/",
    "http://[64:ff9b::192.168.1.1]/",
    "http://[2002:a00:1::]/",
    "http://[2002:c0a8:101::1]/",
    "http://[2001:0:a00:1::]/",
    "http://[2001:0:cb00:7109::f5ff:fffe]/",
    "http://[2a00::5efe:10.0.0.1]/",
    "http://[2a00::200:5efe:172.16.0.1]/",
  ],
  [SHARED]: [
    "http://100.64.0.0/",
    "http://100.127.255.255/",
    "http://[::ffff:100.64.0.1]/",
    "http://[64:ff9b::100.100.1.1]/",
  ],
  [LINK_LOCAL]: [
    "http://169.254.0.0/",
    "http://169.254.255.255/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254./",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.16689662/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2001:db8::5efe:169.254.169.254]/",
    "http://[fe80::]/",
    "http://[fe80::1]/",
    "http://[FEBF:FFFF::1]/",
    "http://[fe80::5efe:8.8.8.8]/",
  ],
  "metadata addresses": ["http://100.100.100.200/", "http://[::ffff:100.100.100.200]/"],
  [UNIQUE_LOCAL]: ["http://[fc00::]/", "http://[fd12:3456::1]/", "http://[fdff:ffff::1]/"],
  "unique-local metadata addresses": ["http://[fd00:ec2::254]/"],
  [SITE_LOCAL]: ["http://[fec0::1]/", "http://[feff::1]/"],
  "addresses of a local translation (RFC8215)": ["http://[64:ff9b:1::8.8.8.8]/", "http://[64:ff9b:1:ffff::1]/"],
  [MULTICAST]: [
    "http://224.0.0.0/",
    "http://239.255.255.255/",
    "http://[ff00::]/",
    "http://[ff02::1]/",
    "http://[::ffff:224.0.0.1]/",
  ],
  [NO_HOST]: [
    "http://",
    "http:///x",
    "https:////x",
    "http:x",
    "http:/x",
    "http:127.0.0.1",
    "http://?x",
    "http://:80/",
    "http://:80/@example.com/",
    "http://:80#@example.com/",
    "http://./",
    "http://../",
  ],
  "file: addresses": ["file:///etc/passwd", "file://localhost/etc/passwd"],
  "ftp: addresses": ["ftp://example.com/"],
  "gopher: addresses": ["gopher://127.0.0.1:6379/_FLUSHALL"],
  "data: addresses": ["data:text/plain,x"],
  "ws: addresses": ["ws://example.com/"],
  "unix: addresses": ["unix:/run/docker.sock"],
  "javascript: addresses": ["javascript:1"],
};

const PASSES: Readonly<Record<string, string>> = {
  "http://example.com/": "example.com",
  "http://:pw@example.com/": "example.com",
  "http://:@example.com/": "example.com",
  "http://Example.COM.:80/": "example.com",
  "https://example.com:443/": "example.com",
  "https://example.com:8443/": "example.com:8443",
  "http://localhost.example.com/": "localhost.example.com",
  "http://notlocalhost/": "notlocalhost",
  "http://mylocalhost.net/": "mylocalhost.net",
  "http://127.0.0.1.example.com/": "127.0.0.1.example.com",
  "http://1.0.0.0/": "1.0.0.0",
  "http://9.255.255.255/": "9.255.255.255",
  "http://11.0.0.0/": "11.0.0.0",
  "http://100.63.255.255/": "100.63.255.255",
  "http://100.128.0.0/": "100.128.0.0",
  "http://126.255.255.255/": "126.255.255.255",
  "http://128.0.0.0/": "128.0.0.0",
  "http://169.253.255.255/": "169.253.255.255",
  "http://169.255.0.0/": "169.255.0.0",
  "http://172.15.255.255/": "172.15.255.255",
  "http://172.32.0.0/": "172.32.0.0",
  "http://192.167.255.255/": "192.167.255.255",
  "http://192.169.0.0/": "192.169.0.0",
  "http://223.255.255.255/": "223.255.255.255",
  "http://240.0.0.0/": "240.0.0.0",
  "http://255.255.255.255/": "255.255.255.255",
  "http://134744072/": "8.8.8.8",
  "http://[2001:db8::1]/": "[2001:db8::1]",
  "http://[2606:4700::1111]/": "[2606:4700::1111]",
  "http://[::8.8.8.8]/": "[::808:808]",
  "http://[::ffff:8.8.8.8]/": "[::ffff:808:808]",
  "http://[64:ff9b::8.8.8.8]/": "[64:ff9b::808:808]",
  "http://[64:ff9b:2::1]/": "[64:ff9b:2::1]",
  "http://[2002:808:808::]/": "[2002:808:808::]",
  "http://[2001:0:808:808::f7f7:f7f7]/": "[2001:0:808:808::f7f7:f7f7]",
  "http://[2001:db8::5efe:8.8.8.8]/": "[2001:db8::5efe:808:808]",
  "http://[2001:db8::5eff:127.0.0.1]/": "[2001:db8::5eff:7f00:1]",
  "http://[fbff::1]/": "[fbff::1]",
  "http://[fe00::1]/": "[fe00::1]",
  "http://[fe7f:ffff::1]/": "[fe7f:ffff::1]",
};

test("the table has the size that it claims", () => {
  expect(Object.values(BLOCKED).flat().length + Object.keys(PASSES).length).toBeGreaterThanOrEqual(160);
});

test.each(Object.entries(BLOCKED).flatMap(([what, urls]) => urls.map((url) => [what, url] as const)))(
  "%s: %j is refused",
  async (what, url) => {
    expect(await judged(url)).toBe(refusal(what));
  },
);

test.each(Object.entries(PASSES))("%j is let through, as %s", async (url, host) => {
  expect(await judged(url)).toBe(`passes as ${host}`);
});

test.each([
  "http://[fe80::1%25eth0]/",
  "http://127.0.0.1%00.example.com/",
  "http://256.0.0.1/",
  "http://a b/",
  "x",
  "",
])("%j is no URL", async (url) => {
  expect(await judged(url)).toBe("url is no valid URL");
});

/** Lets through the hosts named, and resolves every name to these addresses. */
const allowing = (hosts: readonly string[], ...addresses: string[]): GuardDeps => ({
  mayReach: (host, port) => hosts.includes(host) || hosts.includes(`${host}:${port}`),
  resolve: async () => addresses,
});

const addressesOf = async (text: string, deps: GuardDeps) =>
  await checkedAddresses(guardedUrl(text), deps).catch((error: unknown) => (error as Error).message);

test("a name with public addresses is dialled at these and no others", async () => {
  expect(await addressesOf("http://example.com/", allowing([], "203.0.113.9", "2001:db8::1"))).toEqual([
    "203.0.113.9",
    "2001:db8::1",
  ]);
  expect(await addressesOf("http://203.0.113.5/", allowing([], "127.0.0.1"))).toEqual(["203.0.113.5"]);
  expect(await addressesOf("http://[2001:DB8::1]/", allowing([]))).toEqual(["2001:db8::1"]);
});

test.each(["127.0.0.1", "::1", "::ffff:10.0.0.1", "169.254.169.254", "fe80::1%eth0", "fd00::1", "64:ff9b::a00:1"])(
  "one address %s among public ones refuses the name",
  async (address) => {
    for (const all of [[address], ["203.0.113.9", address], [address, "203.0.113.9"]]) {
      expect(await addressesOf("http://example.com/", allowing([], ...all))).toMatch(
        /are blocked \(SSRF protection\)$/,
      );
    }
  },
);

test("a name without an address, and one with what is none, are failures of DNS", async () => {
  expect(await addressesOf("http://example.com/", allowing([]))).toContain("no address");
  expect(await addressesOf("http://example.com/", allowing([], "127.1"))).toContain("address that is none");
});

test("a grant of a name lets its private addresses through, and only on the port that it is for", async () => {
  expect(await addressesOf("http://nas.local/", allowing(["nas.local"], "192.168.1.5"))).toEqual(["192.168.1.5"]);
  expect(await addressesOf("http://nas.local:81/", allowing(["nas.local:81"], "10.0.0.1"))).toEqual(["10.0.0.1"]);
  expect(await addressesOf("http://nas.local:82/", allowing(["nas.local:81"], "10.0.0.1"))).toBe(refusal(RFC1918));
  expect(await addressesOf("http://localhost/", allowing(["localhost"], "127.0.0.1", "::1"))).toHaveLength(2);
  expect(await addressesOf("http://other.local/", allowing(["nas.local"], "192.168.1.5"))).toBe(refusal(RFC1918));
});

test("a grant of a name does not lead to metadata; that of the address does", async () => {
  for (const address of ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200"]) {
    expect(await addressesOf("http://nas.local/", allowing(["nas.local"], address))).toMatch(/metadata/);
  }
  expect(await addressesOf("http://nas.local/", allowing(["169.254.169.254"], "169.254.169.254"))).toHaveLength(1);
  expect(await addressesOf("http://169.254.169.254/", allowing(["169.254.169.254"]))).toHaveLength(1);
  expect(await addressesOf("http://nas.local/", allowing(["nas.local", "[fe80::1]"], "fe80::1%eth0"))).toHaveLength(1);
});

test("a grant of an address counts for the spelling that was granted, not for one that hides it", async () => {
  expect(await judged("http://127.1/", allowing(["127.0.0.1"]))).toBe("passes as 127.0.0.1");
  expect(await judged("http://[::ffff:127.0.0.1]/", allowing(["127.0.0.1"]))).toBe(refusal(LOOPBACK));
});

test("whether an address is a checked one is seen in its bytes", () => {
  expect(isAmong("::1", ["0:0::1"])).toBe(true);
  expect(isAmong("fe80::1%eth0", ["fe80::1%2"])).toBe(true);
  expect(isAmong("127.0.0.1", ["203.0.113.9"])).toBe(false);
  expect(isAmong("::ffff:127.0.0.1", ["127.0.0.1"])).toBe(false);
  expect(isAmong(undefined, ["127.0.0.1"])).toBe(false);
});
