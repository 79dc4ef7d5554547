import { duplexPair } from "node:stream";
import { expect, test } from "vitest";
import { markTunnelled } from "../tunnelled.ts";
import { isForDashboard } from "./dashboard-origin.ts";

type Asking = Parameters<typeof isForDashboard>[0];

test("whatever comes through the tunnel is not for the dashboard, whichever name it asks for", () => {
  const names = new Set(["osprey.example"]);
  const [near] = duplexPair();
  const isFor = (host: string) => isForDashboard({ headers: { host }, socket: near } as unknown as Asking, { names });
  expect(["localhost:1338", "osprey.example"].map(isFor)).toEqual([true, true]);
  markTunnelled(near, "A");
  expect(["localhost:1338", "osprey.example"].map(isFor)).toEqual([false, false]);
});
