// How much a plugin may ask of models at the same time, over all of its agents and runners.

import { PLUGIN_INFERENCE_OPEN_MAX } from "../protocol/limits.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";

/** Of one plugin. */
export class InferenceSlots {
  #taken = 0;

  /** Does the work with a slot of its own, which is free again when the work is over, however it ends; else refuses it. */
  async hold(work: () => Promise<HostAnswer>): Promise<HostAnswer> {
    if (this.#taken >= PLUGIN_INFERENCE_OPEN_MAX) return busy();
    this.#taken++;
    try {
      return await work();
    } finally {
      this.#taken--;
    }
  }
}

function busy(): HostAnswer {
  const message = `This plugin has ${PLUGIN_INFERENCE_OPEN_MAX} requests for inference open; more are not taken.`;
  return refusal("plugin_busy", message, { max_inflight: PLUGIN_INFERENCE_OPEN_MAX });
}
