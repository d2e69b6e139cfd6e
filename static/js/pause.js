// How long a pause in typing has to be before ghost text is asked for.

const FIRST_MS = 350
const MIN_MS = 250
const MAX_MS = 800
const SHARE_OF_LATENCY = 0.6
const NUM_REMEMBERED = 15

/** Learns from how long answers take: asking oftener than they come only wastes them. */
export class Pause {
  constructor() {
    this.latencies = []
  }

  /** @param {number} milliseconds from the request to its first text */
  learn(milliseconds) {
    this.latencies = [...this.latencies, milliseconds].slice(-NUM_REMEMBERED)
  }

  /** @returns {number} */
  get milliseconds() {
    if (!this.latencies.length) return FIRST_MS
    const sorted = [...this.latencies].sort((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)]
    return Math.min(MAX_MS, Math.max(MIN_MS, SHARE_OF_LATENCY * median))
  }
}
