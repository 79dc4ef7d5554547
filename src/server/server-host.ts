// What the server needs of a host; tests give it less than a whole one.

import type { Host } from "../host/create-host.ts";

export type ServerHost = Pick<
  Host,
  | "agents"
  | "insights"
  | "changeMarks"
  | "storage"
  | "permissions"
  | "models"
  | "inference"
  | "accessKeys"
  | "shelf"
  | "tasks"
  | "artifacts"
  | "installs"
  | "logs"
  | "pluginDetails"
  | "processPluginDetails"
  | "registries"
  | "settings"
  | "native"
>;
