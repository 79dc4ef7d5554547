// What came of the calls of one answer so far: results are handed on in the calls' order, each as soon as all before it are
// there, and at any moment every call can be given one.

import type { ChatMessage, ModelToolCall } from "../protocol/inference.ts";
import { CUT_OFF, failureForModel, NEVER_MADE } from "./lost-calls.ts";

export interface MadeCall {
  readonly call: ModelToolCall;
  readonly forModel: string;
  /** Tells the result from others. The result itself is held no longer than until it is told. */
  readonly digest: string;
  /** It got as far as a tool. */
  readonly wasMade: boolean;
}

export class CallRound {
  readonly calls: readonly ModelToolCall[];
  readonly #onNext: (made: MadeCall, isLast: boolean) => void;
  readonly #results: (MadeCall | undefined)[];
  readonly #begun = new Set<number>();
  #handedOn = 0;

  /** @param onNext is given each result, in the calls' order. */
  constructor(calls: readonly ModelToolCall[], onNext: (made: MadeCall, isLast: boolean) => void = () => {}) {
    this.calls = calls;
    this.#results = calls.map(() => undefined);
    this.#onNext = onNext;
  }

  /** The tool is asked. */
  begin(index: number): void {
    this.#begun.add(index);
  }

  end(index: number, made: MadeCall): void {
    this.#results[index] = made;
    for (let next = this.#results[this.#handedOn]; next !== undefined; next = this.#results[this.#handedOn]) {
      this.#handedOn++;
      this.#onNext(next, this.#handedOn === this.calls.length);
    }
  }

  /** Those that were handed on. */
  get made(): readonly MadeCall[] {
    return this.#results.slice(0, this.#handedOn) as MadeCall[];
  }

  /** What is not handed on yet, calls that are open with a result that says so. Changes nothing. */
  rest(): readonly MadeCall[] {
    return this.calls.slice(this.#handedOn).map((call, offset): MadeCall => {
      const index = this.#handedOn + offset;
      const wasMade = this.#begun.has(index);
      const facts = wasMade ? CUT_OFF : NEVER_MADE;
      return this.#results[index] ?? { call, forModel: failureForModel(call.name, facts), digest: "", wasMade };
    });
  }
}

export function turnOfResult({ call, forModel }: MadeCall, notes: readonly string[] = []): ChatMessage {
  return { role: "tool", toolCallId: call.id, name: call.name, content: [forModel, ...notes].join("\n") };
}
