// Records what goes wrong in a page, so that a test sees what its user would not.

import type { Page, Request, Response } from "playwright-core";

/** A page of which everything that goes wrong is recorded. */
export interface WatchedPage {
  readonly page: Page;
  /** Failed programs of the page, lines that it or the browser wrote as errors, requests without an answer; a line each. */
  readonly problems: readonly string[];
  /** All that the page asked for and got, in order. */
  readonly answers: readonly SeenAnswer[];
}

interface SeenAnswer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** "document", "script", "fetch" and so on. */
  readonly kind: string;
  readonly request: Request;
  readonly response: Response;
}

export function watchPage(page: Page): WatchedPage {
  const problems: string[] = [];
  const answers: SeenAnswer[] = [];
  page.on("pageerror", (error) => problems.push(`failed: ${error.message}`));
  page.on("console", (line) => {
    // What a browser asks for by itself is not the page's fault.
    const isOwn = !line.location().url.endsWith("/favicon.ico");
    if (line.type() === "error" && isOwn) problems.push(`said: ${line.text()} (${line.location().url})`);
  });
  page.on("requestfailed", (request) => {
    problems.push(`no answer: ${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on("response", (response) => {
    const request = response.request();
    answers.push({
      method: request.method(),
      url: response.url(),
      status: response.status(),
      kind: request.resourceType(),
      request,
      response,
    });
  });
  return { page, problems, answers };
}
