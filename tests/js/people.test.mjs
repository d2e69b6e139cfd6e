import assert from "node:assert/strict"
import test from "node:test"
import { describeRefusal } from "../../static/js/introduce.js"
import { countPeople, describePerson, inOrder, initialsOf, withoutMark } from "../../static/js/people_text.js"
import { caretSet, presence, remoteCarets } from "../../static/js/presence.js"
import { EditorState } from "../../static/vendor/codemirror.js"

const person = (name, fields = {}) => ({
  session_id: `of ${name}`, name, color: 0, can_edit: true, is_guest: true, is_waiting: false, caret: null, ...fields,
})

test("who writes and who reads is counted, oneself among them", () => {
  const [ada, bob, reader] = [person("Ada"), person("Bob"), person("Rea", { can_edit: false })]
  assert.equal(countPeople([ada]), "Only you")
  assert.equal(countPeople([ada, bob]), "2 writing")
  assert.equal(countPeople([ada, bob, reader]), "2 writing, 1 reading")
  assert.equal(countPeople([reader, person("Ron", { can_edit: false })]), "2 reading")
})

test("initials are of the first two words, whole characters, and never of the guest mark", () => {
  assert.equal(initialsOf("Quiet Grey Heron"), "QG")
  assert.equal(initialsOf("ada (guest)"), "a")
  assert.equal(initialsOf("\u{1f98a}x Fox"), "\u{1f98a}F")
})

test("a guest is told from an account, once", () => {
  assert.equal(describePerson(person("Ada Lovelace"), false), "guest")
  assert.equal(describePerson(person("ada (guest)"), false), "")
  assert.equal(describePerson(person("ada", { is_guest: false }), true), "you")
  assert.equal(describePerson(person("Rea Der", { can_edit: false, is_waiting: true }), false), "guest · reading only · waiting for a suggestion")
  assert.equal(withoutMark("ada (guest)"), "ada")
})

test("oneself comes first, and readers last", () => {
  const people = [person("Zoe"), person("Rea", { can_edit: false }), person("Me"), person("Ada")]
  assert.deepEqual(inOrder(people, "of Me").map(({ name }) => name), ["Me", "Ada", "Zoe", "Rea"])
})

test("a refused name is explained", () => {
  assert.match(describeRefusal("rate_limited"), /too soon/)
  assert.match(describeRefusal("bad_field"), /1 to 40/)
})

test("carets move with the text, stay inside it, and go with their person", () => {
  const caret = (head) => ({ name: "Ada", color: 1, isWaiting: false, anchor: head, head })
  let state = EditorState.create({ doc: "0123456789", extensions: presence })
  state = state.update({ effects: [caretSet.of({ sessionId: "a", caret: caret(4) }), caretSet.of({ sessionId: "b", caret: caret(99) })] }).state
  state = state.update({ changes: { from: 0, insert: "xy" } }).state
  assert.deepEqual([...remoteCarets(state).values()].map(({ head }) => head), [6, 12])
  state = state.update({ effects: caretSet.of({ sessionId: "a", caret: null }) }).state
  assert.deepEqual([...remoteCarets(state).keys()], ["b"])
})
