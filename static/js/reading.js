// The reading page: follows the writers, paragraph by paragraph. Sends nothing but the "join" frame.

import { copyText } from "./copy_text.js"
import { newSessionId, readPage, socketAddress } from "./page.js"
import { applyChanges, difference, paragraphsOf } from "./paragraphs.js"
import { Socket } from "./socket.js"
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
let shown = [...element("text").querySelectorAll("p:not(.prose-empty)")].map((paragraph) => paragraph.textContent)

socket.onState = (state, message) => drawState(...(STATES[state] ?? ["over", message]))
socket.on("welcome", ({ document: content }) => {
  title = content.title
  if (content.text !== null) ({ text, revision } = content)
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
  return { type: "join", protocol: 1, revision, session_id: sessionId }
}

function edited({ revision: head, updates }) {
  const first = head - updates.length + 1
  if (first > revision + 1) return restart()
  for (const { changes } of updates.slice(revision + 1 - first)) text = applyChanges(text, changes)
  revision = Math.max(revision, head)
  draw()
}

function restart() {
  revision = null
  socket.rejoin()
}

function draw() {
  const paragraphs = paragraphsOf(text)
  const { from, same } = difference(shown, paragraphs)
  const list = element("text")
  list.querySelector(".prose-empty")?.remove()
  const next = list.children[shown.length - same] ?? null
  for (const old of [...list.children].slice(from, shown.length - same)) old.remove()
  for (const words of paragraphs.slice(from, paragraphs.length - same)) list.insertBefore(drawParagraph(words), next)
  if (!paragraphs.length) list.append(drawParagraph(EMPTY, "prose-empty"))
  shown = paragraphs
  drawTitle(title || titleFromText(text))
}

function drawTitle(words) {
  element("title").textContent = words
  document.title = `${words} · Inkling`
}

function drawParagraph(words, className = "") {
  const paragraph = document.createElement("p")
  paragraph.className = className
  paragraph.textContent = words
  return paragraph
}

function drawState(state, words) {
  element("live").dataset.state = state
  element("live").textContent = words
}
