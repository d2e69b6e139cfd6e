import assert from "node:assert/strict"
import test from "node:test"
import { insertionAt } from "../../static/js/local_edit.js"
import { drawOpening, OPENINGS } from "../../static/js/openings.js"
import { Pause } from "../../static/js/pause.js"
import { promptBefore } from "../../static/js/prompt.js"
import { splitChanges } from "../../static/js/split_changes.js"
import { cleanText, textFilter } from "../../static/js/text_filter.js"
import { titleFromText } from "../../static/js/title_text.js"
import { countWords, nextWord } from "../../static/js/words.js"
import { ChangeSet, EditorState, Text } from "../../static/vendor/codemirror.js"

const textOf = (string) => Text.of(string.split("\n"))

test("a short document is its own prompt", () => {
  assert.equal(promptBefore(textOf("The tide\nturned"), 10), "The tide\nt")
  assert.equal(promptBefore(textOf(""), 0), "")
})

test("the window of a long prompt stands still while one types", () => {
  const doc = textOf("0123456789".repeat(2000))
  const starts = [12001, 12345, 13000].map((position) => position - promptBefore(doc, position).length)
  assert.deepEqual(starts, [5000, 5000, 5000])
  assert.ok(promptBefore(doc, 20000).length <= 8000)
})

test("the window never begins with half a character", () => {
  const doc = textOf(`x${"\u{1f58b}".repeat(8000)}`)
  assert.equal(promptBefore(doc, 9001).codePointAt(0), 0x1f58b)
})

test("the next word brings the space before it", () => {
  assert.equal(nextWord(" the sea"), " the")
  assert.equal(nextWord("the sea"), "the")
  assert.equal(nextWord("\n\nThe"), "\n\nThe")
  assert.equal(nextWord(""), "")
})

test("punctuation is a word of its own", () => {
  assert.equal(nextWord(", said"), ",")
  assert.equal(nextWord("...” she"), "...”")
  assert.equal(nextWord(" don’t go"), " don’t")
})

test("the words taken one by one are the whole text", () => {
  const text = " “No,” she said;\nand that — for now — was all. 日本語の文"
  let rest = text
  let taken = ""
  while (rest) {
    taken += nextWord(rest)
    rest = text.slice(taken.length)
  }
  assert.equal(taken, text)
})

test("words are counted, lonely dashes are not", () => {
  assert.equal(countWords("It was — as they say — 3 o’clock."), 7)
  assert.equal(countWords(" \n "), 0)
})

test("text is cleaned of what the server refuses", () => {
  assert.equal(cleanText("a\r\nb\rc\0d"), "a\nb\ncd")
  assert.equal(cleanText("\ud83d x \udd8b"), " x ")
  assert.equal(cleanText("\u{1f58b}"), "\u{1f58b}")
})

test("what is typed or pasted is cleaned on its way into the document", () => {
  const state = EditorState.create({ doc: "ab", extensions: [textFilter, EditorState.lineSeparator.of("\n")] })
  const transaction = state.update({ changes: { from: 1, insert: "x\r\ny\0" } })
  assert.equal(transaction.state.doc.toString(), "ax\nyb")
})

test("an edit is typing on only when it inserts right there", () => {
  const change = (spec) => ChangeSet.of(spec, 10)
  assert.equal(insertionAt(change({ from: 4, insert: "x" }), 4), "x")
  assert.equal(insertionAt(change({ from: 3, insert: "x" }), 4), null)
  assert.equal(insertionAt(change({ from: 4, to: 5, insert: "x" }), 4), null)
  assert.equal(insertionAt(change([{ from: 4, insert: "x" }, { from: 8, insert: "y" }]), 4), null)
})

test("the pause before ghost text follows how fast answers are", () => {
  const pause = new Pause()
  assert.equal(pause.milliseconds, 350)
  pause.learn(100)
  assert.equal(pause.milliseconds, 250)
  for (let i = 0; i < 20; i++) pause.learn(1000)
  assert.equal(pause.milliseconds, 600)
  for (let i = 0; i < 20; i++) pause.learn(9000)
  assert.equal(pause.milliseconds, 800)
})

test("the pieces of a split change give the same text", () => {
  const doc = textOf("one two three")
  const changes = ChangeSet.of([{ from: 0, to: 3, insert: "\u{1f58b}".repeat(30) }, { from: 8, insert: "x".repeat(50) }], 13)
  const pieces = splitChanges(changes, 41)
  assert.ok(pieces.length > 2)
  const text = pieces.reduce((before, piece) => piece.apply(before), doc)
  assert.equal(text.toString(), changes.apply(doc).toString())
})

test("the title is the first line with words, cut at a word", () => {
  assert.equal(titleFromText("\n  The tide turned.\nMore"), "The tide turned.")
  assert.equal(titleFromText(""), "Untitled")
  assert.equal(titleFromText("word ".repeat(40)), `${"word ".repeat(12).trim()}…`)
})

test("an opening is never the same twice in a row", () => {
  for (const opening of OPENINGS) assert.notEqual(drawOpening(() => 0, opening), opening)
  assert.equal(OPENINGS.length, 12)
})
