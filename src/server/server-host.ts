// What the server needs of a host; tests give it less than a whole one.

import type { Host } from "../host/create-host.ts";

export type ServerHost = Pick<Host, "agents" | "models" | "inference" | "accessKeys" | "shelf" | "tasks" | "native">;
