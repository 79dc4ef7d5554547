import { expect, test } from "vitest";
import { recordConfig } from "../../../test/helpers/record-config.ts";
import {
  DESCRIBE_MS_MAX,
  JSON_VALUES_MAX,
  PROCESS_RUN_MS_MAX,
  PROCESS_STDOUT_BYTES_CHOICE_MAX,
  PROCESS_STDOUT_BYTES_MAX,
  PROCESS_VALUES_CHOICE_MAX,
} from "../../protocol/limits.ts";
import { describeTimeout, runLimits } from "./plugin-limits.ts";

const ALL = "extensions.plugins.timeout_ms";
const OWN = "extensions.plugins.my.plugin.timeout_ms";

test("without a configuration the built-in limits hold", () => {
  const builtIn = {
    timeoutMs: PROCESS_RUN_MS_MAX,
    stdoutBytesMax: PROCESS_STDOUT_BYTES_MAX,
    valuesMax: JSON_VALUES_MAX,
  };
  expect([runLimits(undefined, "p"), runLimits(recordConfig({}), "p")]).toEqual([builtIn, builtIn]);
  expect(describeTimeout(undefined)).toBe(DESCRIBE_MS_MAX);
});

test("a plugin's own key wins over the one for all, in whatever letter case its id is written", () => {
  const config = recordConfig({ [ALL]: 1000, [OWN]: 2000n, "extensions.plugins.MY.PLUGIN.stdout_bytes_max": " 7 " });
  expect(runLimits(config, "My.Plugin")).toEqual({ timeoutMs: 2000, stdoutBytesMax: 7, valuesMax: JSON_VALUES_MAX });
  expect(runLimits(config, "other")).toMatchObject({ timeoutMs: 1000, stdoutBytesMax: PROCESS_STDOUT_BYTES_MAX });
  expect(describeTimeout(config)).toBe(1000);
  expect(runLimits(recordConfig({ "extensions.plugins.stdout_bytes_max": 9 }), "p").stdoutBytesMax).toBe(9);
});

test("a variable for plugins is no limit, whatever it is called", () => {
  const config = recordConfig({ "extensions.plugins.env.timeout_ms": 5, "extensions.plugins.a.env.timeout_ms": 6 });
  for (const id of ["env", "a.env", "a"]) expect(runLimits(config, id).timeoutMs).toBe(PROCESS_RUN_MS_MAX);
});

test.each([
  ["timeout_ms", 86_400_000],
  ["stdout_bytes_max", PROCESS_STDOUT_BYTES_CHOICE_MAX],
  ["values_max", PROCESS_VALUES_CHOICE_MAX],
])("%s is accepted from 1 to %i and refused outside", (name, max) => {
  const key = `extensions.plugins.p.${name}`;
  const of = (value: number | string) => Object.values(runLimits(recordConfig({ [key]: value }), "p"));
  expect([of(1), of(max), of(String(max))].map((limits) => limits.some((one) => one === 1 || one === max))).toEqual([
    ...[true, true, true],
  ]);
  for (const wrong of [0, max + 1, -1, 1.5, "soon", "", "1e3", "0x10", "9".repeat(400), Number.NaN]) {
    expect(() => of(wrong)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: `${key} must be a whole number from 1 to ${max}` }),
    );
  }
});
