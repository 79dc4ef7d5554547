// A failure whose status is not the one that its code has in the table of errors, or that needs a header of its own.

import { ERRORS, type ErrorCode, HostError, type HostErrorOptions } from "../protocol/errors.ts";

interface HttpErrorOptions extends HostErrorOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The member of the request that is wrong. */
  readonly param?: string | undefined;
  /** What an answer held when it broke off. */
  readonly partialContent?: string | undefined;
}

export class HttpError extends HostError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly param: string | undefined;
  readonly partialContent: string | undefined;

  constructor(code: ErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status ?? ERRORS[code].http;
    this.headers = options.headers ?? {};
    this.param = options.param;
    this.partialContent = options.partialContent;
  }
}

export function statusOf(error: HostError): number {
  return error instanceof HttpError ? error.status : ERRORS[error.code].http;
}
