// Puts a long welcome together again. Knows nothing of sockets.

/** Takes the frames of a join; gives the whole welcome once it is there. */
export class Welcome {
  constructor() {
    this.frame = null
    this.parts = []
  }

  /**
   * @param {object} frame a "welcome" or "welcome_part" frame
   * @returns {object | null} the welcome with its text and attribution, when this frame was the last of it
   */
  add(frame) {
    if (frame.type === "welcome") {
      this.frame = frame
      this.parts = []
      return frame.document.num_parts ? null : frame
    }
    if (frame.part !== this.parts.length) throw new Error(`welcome_part ${frame.part} came, ${this.parts.length} was expected`)
    this.parts.push(frame)
    if (this.parts.length < this.frame.document.num_parts) return null
    const text = this.parts.map((part) => part.text).join("")
    return { ...this.frame, document: { ...this.frame.document, text, attribution: this.attribution() } }
  }

  /** Long documents have long attributions, so each part brings some of it. */
  attribution() {
    const some = this.parts.flatMap((part) => part.attribution ?? [])
    return { sources: some.flatMap((each) => each.sources), runs: some.flatMap((each) => each.runs) }
  }
}
