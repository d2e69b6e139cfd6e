import assert from "node:assert/strict"
import test from "node:test"
import { Absence } from "../../static/js/absence.js"
import { describeAdopted, describeFailing, describeMerged, describeTrouble } from "../../static/js/kept_words.js"
import { legacyText } from "../../static/js/legacy_text.js"
import { UpdateQueue } from "../../static/js/update_queue.js"
import { watchSleep } from "../../static/js/wake.js"
import { ChangeSet } from "../../static/vendor/codemirror.js"

function away() {
  const absence = new Absence()
  const told = []
  absence.onMerged = (number, didOthersWrite) => told.push([number, didOthersWrite])
  const queue = new UpdateQueue("mine", 0, 0)
  const write = (insert, origin = "typed") => {
    const length = queue.updates.at(-1)?.changes.newLength ?? queue.length
    queue.add(ChangeSet.of({ from: length, insert }, length), origin)
  }
  return { absence, told, queue, write }
}

test("what was written while away is told once all of it is saved", () => {
  const { absence, told, queue, write } = away()
  absence.lost(queue)
  write("a", "pasted")
  absence.lost(queue)
  write("b", "pasted")
  absence.returned(queue)
  absence.committed({ session_id: "mine", number: 0 }, "mine")
  assert.deepEqual(told, [])
  absence.committed({ session_id: "mine", number: 1 }, "mine")
  assert.deepEqual(told, [[2, false]])
})

test("it is told that others wrote meanwhile", () => {
  const { absence, told, queue, write } = away()
  absence.lost(queue)
  write("a")
  absence.returned(queue)
  absence.committed({ session_id: "other", number: 7 }, "mine")
  absence.committed({ session_id: "mine", number: 0 }, "mine")
  assert.deepEqual(told, [[1, true]])
})

test("a break in which nobody wrote here is not worth a word", () => {
  const { absence, told, queue, write } = away()
  write("in flight")
  absence.lost(queue)
  absence.returned(queue)
  absence.committed({ session_id: "mine", number: 0 }, "mine")
  assert.deepEqual(told, [])
})

test("a connection that breaks again while merging starts the count anew", () => {
  const { absence, told, queue, write } = away()
  absence.lost(queue)
  write("a", "pasted")
  absence.returned(queue)
  absence.lost(queue)
  write("b", "pasted")
  absence.returned(queue)
  absence.committed({ session_id: "mine", number: 1 }, "mine")
  assert.deepEqual(told, [[2, false]])
})

test("the words for merging, failing and having no room are plain", () => {
  assert.equal(describeMerged(3, false), "3 offline changes merged.")
  assert.equal(describeMerged(1, true), "1 offline change merged with what others wrote meanwhile.")
  assert.match(describeAdopted(2, "2026-11-21T14:02:00"), /^2 offline changes merged\. They were made on this page, Nov 21, 2026/)
  assert.match(describeFailing(true), /kept in this browser; it is saved by itself/)
  assert.match(describeFailing(false), /on this page only, so leave it open/)
  assert.match(describeTrouble({ name: "QuotaExceededError" }), /no room left/)
  assert.match(describeTrouble({ name: "SecurityError" }), /does not let pages keep anything/)
})

test("words that cannot be merged are handed back in the text around them, where that was kept", () => {
  const updates = [{ changes: [8, [0, "and"]] }, { changes: [[4, "Now"], 7, [0, " then"]] }]
  assert.deepEqual(legacyText(updates, "Once or "), { text: "Now or and then", is_whole: true })
  assert.deepEqual(legacyText(updates, null), { text: "Now\n\nand then", is_whole: false })
})

test("a machine that slept is noticed, a page in the background is not taken for one", () => {
  let now = 0
  let tick = null
  let numWakes = 0
  const look = watchSleep(() => numWakes++, { now: () => now, setInterval: (act) => (tick = act) })
  now += 60000
  tick()
  now += 60000
  look()
  assert.equal(numWakes, 0)
  now += 3600000
  look()
  tick()
  assert.equal(numWakes, 1)
})
