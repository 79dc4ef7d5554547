// The constants and slots that every language's mirror of the plugin interface has, taken from the protocol.

import { HOST_FUNCTIONS, type HostFunctionFacts, PLUGIN_FUNCTIONS } from "../../src/protocol/host-functions.ts";
import { LOG_LEVELS } from "../../src/protocol/log-levels.ts";
import { TASK_EVENT } from "../../src/protocol/task.ts";

export const NOTICE = "Made by scripts/generate-sdk.ts from src/protocol: change it there.";

export const LEVELS: readonly (readonly [name: string, value: number])[] = LOG_LEVELS.map((name, value) => [
  name,
  value,
]);
export const EVENTS: readonly (readonly [name: string, value: number])[] = Object.entries(TASK_EVENT);

export const HOST_SLOTS: readonly (readonly [name: string, facts: HostFunctionFacts])[] =
  Object.entries(HOST_FUNCTIONS);

const functions = Object.entries(PLUGIN_FUNCTIONS);
export const REQUIRED_SLOTS = functions.filter(([, { isRequired }]) => isRequired);
export const OPTIONAL_SLOTS = functions.filter(([, { isRequired }]) => !isRequired);

const SLOT_BYTES = 8;

/** Each table's version takes a slot of its own. */
export const HOST_TABLE_BYTES = SLOT_BYTES * (HOST_SLOTS.length + 1);
export const PLUGIN_TABLE_BYTES = SLOT_BYTES * (functions.length + 1);

/** Functions that not every host with functions has. */
export const LATER_SLOTS = HOST_SLOTS.filter(([, { since }]) => since > 2);
