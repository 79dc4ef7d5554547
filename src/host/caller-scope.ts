// What belongs to whoever asked for the work, and not to the host that does it: a host that runs on works for many programs at
// once, each with a terminal, an environment and a folder of its own. What is started within a scope, however far away it
// ends up, finds them here.

import { AsyncLocalStorage } from "node:async_hooks";
import type { GrantSession } from "../store/grants.ts";
import type { ConsentDeskOptions } from "./consent-desk.ts";

export interface CallerScope {
  /** What differs from how the host itself asks for consent. */
  readonly consent: Partial<Pick<ConsentDeskOptions, "waitMs" | "askDirectly" | "onWaiting">>;
  /** Where they are; without it, where the host is. */
  readonly place?: CallerPlace;
  /** What an answer "for this session" holds for; without it, for what the host does outside all sessions. */
  readonly session?: GrantSession;
}

interface CallerPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

const scopes = new AsyncLocalStorage<CallerScope>();

/** Runs `work` for that caller. */
export function withCaller<T>(scope: CallerScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Runs `work` for nobody: it goes on when whoever is served by then has gone. */
export function withoutCaller<T>(work: () => T): T {
  return scopes.exit(work);
}

/** Undefined outside all scopes: then the host works for itself. */
export function callerScope(): CallerScope | undefined {
  return scopes.getStore();
}
