// The words of edits that the server will not take: as the writer saw them, or as much as was kept.

import { ChangeSet, Text } from "../vendor/codemirror.js"

/**
 * @param {object[]} updates in the form of an "edit" frame, one on top of the other
 * @param {string | null} text that the first one stands on, where it was kept
 * @returns {{text: string, is_whole: boolean}}
 */
export function legacyText(updates, text) {
  const changes = updates.map((update) => ChangeSet.fromJSON(update.changes))
  if (text !== null) {
    const whole = changes.reduce((before, each) => each.apply(before), Text.of(text.split("\n")))
    return { text: whole.toString(), is_whole: true }
  }
  const inserted = []
  const composed = changes.reduce((before, each) => before.compose(each))
  composed.iterChanges((fromA, toA, fromB, toB, words) => words.length && inserted.push(words.toString()))
  return { text: inserted.join("\n\n"), is_whole: false }
}
