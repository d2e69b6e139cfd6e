// The reading page: follows the writers, paragraph by paragraph. Sends nothing but the "join" frame.

import { copyText } from "./copy_text.js"
import { describeShare, joined, markedParagraphs } from "./marked_text.js"
import { newSessionId, readPage, socketAddress } from "./page.js"
import { applyChanges, difference } from "./paragraphs.js"
import { PlainChanges } from "./plain_changes.js"
import { Runs, piecesOf } from "./runs.js"
import { Socket, joinFrame } from "./socket.js"
import { titleFromText } from "./title_text.js"

const EMPTY = "Nothing is written here yet."
const STATES = {
  connecting: ["still", "Connecting…"],
  joined: ["live", "You are reading. What is written appears here at once."],
  offline: ["offline", "Offline. What you see may be old."],
}

const element = (id) => document.getElementById(id)
const page = readPage()
const sessionId = newSessionId()
const socket = new Socket(socketAddress(page.socket_url, location), makeJoin)

let { title } = page
let revision = null
let text = ""
let runs = Runs.from(null)
let shown = [...element("text").querySelectorAll("p:not(.prose-empty)")].map(readParagraph)

socket.onState = (state, message) => drawState(...(STATES[state] ?? ["over", message]))
socket.on("welcome", ({ document: content }) => {
  title = content.title
  if (content.text !== null) {
    ({ text, revision } = content)
    runs = Runs.from(content.attribution)
  }
  draw()
})
socket.on("renamed", (frame) => {
  title = frame.title
  draw()
})
socket.on("document_edited", edited)
// The server cannot tell what came since: begin with the whole text again.
socket.on("error", ({ code }) => code === "revision_unknown" && restart())
copyText(element("copy-text"), () => text)
socket.open()

function makeJoin() {
  return joinFrame(sessionId, revision)
}

function edited({ revision: head, updates }) {
  const first = head - updates.length + 1
  if (first > revision + 1) return restart()
  for (const update of updates.slice(revision + 1 - first)) follow(update)
  revision = Math.max(revision, head)
  draw()
}

function follow({ changes, author, origin, provenance, at }) {
  const source = { author, origin, provenance, at }
  text = applyChanges(text, changes)
  runs = runs.apply(new PlainChanges(changes), source, provenance?.copied ? piecesOf(source) : null)
}

function restart() {
  revision = null
  socket.rejoin()
}

function draw() {
  const paragraphs = markedParagraphs(text, runs).map(keyOf)
  const { from, same } = difference(shown, paragraphs)
  const list = element("text")
  list.querySelector(".prose-empty")?.remove()
  const next = list.children[shown.length - same] ?? null
  for (const old of [...list.children].slice(from, shown.length - same)) old.remove()
  for (const key of paragraphs.slice(from, paragraphs.length - same)) list.insertBefore(drawParagraph(JSON.parse(key)), next)
  if (!paragraphs.length) list.append(drawParagraph([[EMPTY, null]], "prose-empty"))
  shown = paragraphs
  const share = describeShare(runs)
  if (element("machine-share").textContent !== share) element("machine-share").textContent = share
  drawTitle(title || titleFromText(text))
}

function drawTitle(words) {
  element("title").textContent = words
  document.title = `${words} · Inkling`
}

/** What tells a paragraph from others: its pieces. */
function keyOf(pieces) {
  return JSON.stringify(pieces)
}

/** Of a paragraph as the server drew it. */
function readParagraph(paragraph) {
  return keyOf(joined([...paragraph.childNodes].map((node) => [node.textContent, node.title ?? null])))
}

function drawParagraph(pieces, className = "") {
  const paragraph = document.createElement("p")
  if (className) paragraph.className = className
  paragraph.append(...pieces.map(([words, checkpoint]) => (checkpoint === null ? words : drawMark(words, checkpoint))))
  return paragraph
}

function drawMark(words, checkpoint) {
  const mark = document.createElement("mark")
  mark.className = "machine-text"
  mark.title = checkpoint
  mark.textContent = words
  return mark
}

function drawState(state, words) {
  element("live").dataset.state = state
  element("live").textContent = words
}
