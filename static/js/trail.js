// The last revisions, kept so that a position of an earlier one can be brought up to date.

const MAX_LENGTH = 200

export class Trail {
  constructor() {
    /** @type {{revision: number, changes: import("../vendor/codemirror.js").ChangeSet}[]} */
    this.steps = []
  }

  /**
   * @param {number} revision after the changes
   * @param {import("../vendor/codemirror.js").ChangeSet} changes
   */
  add(revision, changes) {
    this.steps.push({ revision, changes })
    if (this.steps.length > MAX_LENGTH) this.steps.shift()
  }

  /**
   * @param {number} position in the text of a revision
   * @param {number} revision
   * @returns {number} the position in the newest revision
   */
  bringForward(position, revision) {
    const newer = this.steps.filter((step) => step.revision > revision)
    return newer.reduce((moved, { changes }) => changes.mapPos(Math.min(moved, changes.length), 1), position)
  }
}
