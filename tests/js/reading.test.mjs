// The reading page's pure parts, against the same examples as tests/webapp/test_paragraphs.py; and the share list's words.

import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { describeShare, joined, markedParagraphs } from "../../static/js/marked_text.js"
import { applyChanges, difference } from "../../static/js/paragraphs.js"
import { PlainChanges } from "../../static/js/plain_changes.js"
import { ask } from "../../static/js/post.js"
import { Runs } from "../../static/js/runs.js"
import { makeLink } from "../../static/js/share.js"
import { describeLink } from "../../static/js/share_list.js"
import { titleFromText } from "../../static/js/title_text.js"

const examples = JSON.parse(readFileSync(new URL("paragraphs.json", import.meta.url), "utf8"))
const TYPED = { author: { name: "Ada", color: 1 }, origin: "typed", provenance: null, at: "2026-01-01" }
const MACHINE = { ...TYPED, origin: "suggestion", provenance: { checkpoint: "gpt2" } }
const RESTORED = { ...TYPED, origin: "restored", provenance: { revision_restored: 3, source: MACHINE } }
const runs = (...stretches) => Runs.from({ sources: [TYPED, MACHINE, RESTORED], runs: stretches })
const NOW = Date.parse("2026-01-08T12:00:00Z")

test("paragraphs and titles are the server's", () => {
  for (const { text, paragraphs, title } of examples) {
    const marked = markedParagraphs(text, runs([text.length, 0]))
    assert.deepEqual(marked.map((pieces) => pieces.map(([words]) => words).join("")), paragraphs)
    assert.equal(titleFromText(text), title)
  }
})

test("machines' words are marked as the server marks them", () => {
  assert.deepEqual(markedParagraphs("One two.", runs([4, 0], [4, 1])), [[["One ", null], ["two.", "gpt2"]]])
  assert.deepEqual(markedParagraphs("One", runs([3, 2])), [[["One", "gpt2"]]], "restored")
  assert.deepEqual(markedParagraphs("a\nb\n\nc", runs([1, 0], [5, 1])), [[["a\n", null], ["b", "gpt2"]], [["c", "gpt2"]]])
  assert.deepEqual(joined([["a", null], ["", "gpt2"], ["b", null], ["c", "gpt2"]]), [["ab", null], ["c", "gpt2"]])
})

test("a page without an editor follows who wrote what", () => {
  const followed = runs([3, 0], [3, 1]).apply(new PlainChanges([2, [2, "x", "y"], 2]), MACHINE)
  assert.deepEqual(markedParagraphs("abx\nyef", followed), [[["ab", null], ["x", "gpt2"], ["\n", null], ["yef", "gpt2"]]])
  assert.equal(describeShare(followed), "Language models wrote 71 % of this text; their words are underlined.")
  assert.equal(describeShare(runs([3, 0])), "Every word was written by people.")
})

test("changes apply to a plain text", () => {
  assert.equal(applyChanges("abc", [1, [1, "x", "y"], 1]), "ax\nyc")
  assert.equal(applyChanges("", [[0, "a🖋"]]), "a🖋")
  assert.equal(applyChanges("a🖋b", [1, [2], 1]), "ab")
  assert.equal(applyChanges("abc", [3]), "abc")
  assert.throws(() => applyChanges("abc", [2]), /2 units came, the text has 3/)
})

test("the difference of two lists is as small as can be", () => {
  assert.deepEqual(difference(["a", "b", "c"], ["a", "x", "c"]), { from: 1, same: 1 })
  assert.deepEqual(difference([], ["a"]), { from: 0, same: 0 })
  assert.deepEqual(difference(["a", "a"], ["a", "a", "a"]), { from: 2, same: 0 })
  assert.deepEqual(difference(["a"], ["a"]), { from: 1, same: 0 })
})

test("a link says what it allows, when it was used and when it ends", () => {
  const link = { role: "view", label: "", expires_at: "2026-01-15T12:00:00Z", last_used_at: "2026-01-08T10:00:00Z" }
  assert.equal(describeLink(link, NOW), "can view, used 2 hours ago, ends in 7 days")
  assert.equal(describeLink({ role: "write", expires_at: null, last_used_at: null }, NOW), "can write, not used yet")
  assert.equal(describeLink({ ...link, expires_at: null, last_used_at: "2026-01-08T11:59:50Z" }, NOW), "can view, used just now")
})

test("a refusal is told in the server's words", async () => {
  const refuse = async () => Response.json({ error: { code: "bad_field", message: "days is 2" } }, { status: 400 })
  await assert.rejects(ask("/links/", { csrf_token: "t" }, refuse), /days is 2/)
  await assert.rejects(ask("/links/", { csrf_token: "t" }, async () => new Response("", { status: 502 })), /answered 502/)
})

test("making a link sends what was wished for", async () => {
  const sent = []
  const page = { links_url: "/links/", csrf_token: "t" }
  const fetcher = async (url, options) => {
    sent.push([url, options.method, options.headers["X-CSRFToken"], options.body])
    return Response.json({ url: "/s/x" }, { status: 201 })
  }
  assert.deepEqual(await makeLink(page, { role: "view", label: "Bob", days: 7 }, fetcher), { url: "/s/x" })
  assert.deepEqual(sent, [["/links/", "POST", "t", '{"role":"view","label":"Bob","days":7}']])
})
