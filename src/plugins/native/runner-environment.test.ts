import { expect, test } from "vitest";
import { runnerEnvironment } from "./runner-environment.ts";

test("a plugin inherits what programs need and none of the shell's secrets", () => {
  const env = {
    PATH: "/bin",
    HOME: "/home/ada",
    LC_ALL: "C.UTF-8",
    AWS_SECRET_ACCESS_KEY: "secret",
    OPENAI_API_KEY: "secret",
    LD_PRELOAD: "/tmp/evil.so",
    NODE_OPTIONS: "--inspect",
    UNSET: undefined,
  };
  expect(runnerEnvironment(env)).toEqual({ PATH: "/bin", HOME: "/home/ada", LC_ALL: "C.UTF-8" });
});
