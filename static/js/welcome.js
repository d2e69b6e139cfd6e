// Puts a long welcome together again. Knows nothing of sockets.

/** Takes the frames of a join; gives the whole welcome once it is there. */
export class Welcome {
  constructor() {
    this.frame = null
    this.texts = []
  }

  /**
   * @param {object} frame a "welcome" or "welcome_part" frame
   * @returns {object | null} the welcome with its text and attribution, when this frame was the last of it
   */
  add(frame) {
    if (frame.type === "welcome") {
      this.frame = frame
      this.texts = []
      return frame.document.num_parts ? null : frame
    }
    if (frame.part !== this.texts.length) throw new Error(`welcome_part ${frame.part} came, ${this.texts.length} was expected`)
    this.texts.push(frame.text)
    if (this.texts.length < this.frame.document.num_parts) return null
    const document = { ...this.frame.document, text: this.texts.join(""), attribution: frame.attribution }
    return { ...this.frame, document }
  }
}
