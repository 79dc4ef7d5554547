// Who is asked for consent belongs to whoever asked for the work: a host that runs on does work for many at once, each with a
// terminal of its own or none. What is started within a scope, however far away it ends up, asks there.

import { AsyncLocalStorage } from "node:async_hooks";
import type { ConsentDeskOptions } from "./consent-desk.ts";

/** What differs from how the host itself asks. */
export type ConsentScope = Partial<Pick<ConsentDeskOptions, "waitMs" | "askDirectly" | "onWaiting">>;

const scopes = new AsyncLocalStorage<ConsentScope>();

/** Runs `work`, and asks in this way whatever it needs consent for. */
export function withConsent<T>(scope: ConsentScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Undefined outside all scopes: then the host asks in its own way. */
export function consentScope(): ConsentScope | undefined {
  return scopes.getStore();
}
