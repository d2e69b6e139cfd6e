// A change in its JSON form, walked over as CodeMirror's ChangeSet is: for pages that do without an editor. Pure.

export class PlainChanges {
  /** @param {(number | (number | string)[])[]} json */
  constructor(json) {
    this.sections = json.map((part) => (Array.isArray(part) ? [part[0], part.slice(1).join("\n").length] : [part, null]))
  }

  /** @returns {number} of the text before */
  get length() {
    return this.sections.reduce((sum, [length]) => sum + length, 0)
  }

  /** @param {(fromA: number, toA: number, fromB: number, toB: number) => void} give each replaced range, before and after */
  iterChanges(give) {
    let before = 0
    let after = 0
    for (const [length, inserted] of this.sections) {
      if (inserted !== null) give(before, before + length, after, after + inserted)
      before += length
      after += inserted ?? length
    }
  }
}
