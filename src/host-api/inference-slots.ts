// How much a plugin may ask of models at the same time, over all of its agents and runners.

import { PLUGIN_INFERENCE_OPEN_MAX } from "../protocol/limits.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";

/** Of one plugin. */
export class InferenceSlots {
  #taken = 0;

  /**
   * Does the work with a slot of its own, or refuses it. The slot is free again when the work is over, however it ends, or
   * when the work says so before: once no model is asked for it any more.
   */
  async hold(work: (free: () => void) => Promise<HostAnswer>): Promise<HostAnswer> {
    if (this.#taken >= PLUGIN_INFERENCE_OPEN_MAX) return busy();
    this.#taken++;
    let isFree = false;
    const free = () => {
      if (!isFree) this.#taken--;
      isFree = true;
    };
    try {
      return await work(free);
    } finally {
      free();
    }
  }
}

function busy(): HostAnswer {
  const message = `This plugin has ${PLUGIN_INFERENCE_OPEN_MAX} requests for inference open; more are not taken.`;
  return refusal("plugin_busy", message, { max_inflight: PLUGIN_INFERENCE_OPEN_MAX });
}
