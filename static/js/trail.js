// The last revisions, kept so that a position of an earlier one can be brought up to date.

import { ChangeSet } from "../vendor/codemirror.js"

const MAX_LENGTH = 200

export class Trail {
  constructor() {
    /** @type {{revision: number, changes: ChangeSet}[]} */
    this.steps = []
  }

  /**
   * @param {number} revision after the changes
   * @param {unknown} changes in the server's form
   */
  add(revision, changes) {
    this.steps = [...this.steps, { revision, changes: ChangeSet.fromJSON(changes) }].slice(-MAX_LENGTH)
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
