// The history page: makes the parts and tells them of each other. What they do is in their own files.

import { HistoryActions } from "./history_actions.js"
import { HistoryChanges } from "./history_changes.js"
import { HistoryList } from "./history_list.js"
import { HistoryPlayer } from "./history_player.js"
import { HistorySource } from "./history_source.js"
import { HistoryStates } from "./history_states.js"
import { clockTime, describeDifference, describeMoment } from "./history_text.js"
import { HistoryVersions } from "./history_versions.js"
import { HistoryView } from "./history_view.js"
import { HistoryWatch } from "./history_watch.js"
import { Notices } from "./notices.js"
import { readPage, styleNonce } from "./page.js"

const SCRUB_AFTER_MS = 120
const CLOSE = { label: "Close", act: () => {} }

const element = (id) => document.getElementById(id)
const page = readPage()
const source = new HistorySource(location.pathname, page.csrf_token)
const notices = new Notices(element("notices"))
const view = new HistoryView(element("text"), styleNonce())
const states = new HistoryStates({
  fetchText: (revision) => source.text(revision), fetchUpdates: (after) => source.updates(after),
  begin: (text, runs) => view.begin(text, runs), follow: (state, update) => view.follow(state, update),
})
const changes = new HistoryChanges(element("changes"), view)
const list = new HistoryList(element("entries"), element("older"), source, (revision) => go(revision))
const player = new HistoryPlayer({ fetchUpdates: (after) => states.updatesAfter(after), onUpdates: played, onState: drawPlaying, onProblem: problem })
const versions = new HistoryVersions(element("versions"), element("name-form"), {
  source, readRevision: () => shown.revision, onChosen: (revision) => go(revision), onProblem: problem,
})
const actions = new HistoryActions(element("confirm"), source, { readRevision: () => shown.revision, onRestored: restored, onProblem: problem })
const watch = new HistoryWatch({ ask: () => source.present(), onState: presentTold, onLost: lost })
const prefersStillness = matchMedia("(prefers-reduced-motion: reduce)")

/** What shows, or is on its way. */
const shown = { revision: page.head_revision, head: page.head_revision, mode: "text", entry: null }
let scrubbing = null
let drawing = null
let loading = null

dress()
start()

function dress() {
  element("revision").addEventListener("input", ({ target }) => scrub(Number(target.value)))
  element("previous").addEventListener("click", () => go((shown.entry?.first_revision ?? 1) - 1))
  element("next").addEventListener("click", showNext)
  element("play").addEventListener("click", play)
  element("older").addEventListener("click", () => list.loadOlder().catch(problem))
  element("speed").addEventListener("change", ({ target }) => (player.speed = Number(target.value)))
  element("restore").addEventListener("click", () => actions.restore())
  element("continue").addEventListener("click", () => actions.continue())
  for (const choice of document.querySelectorAll("[name=show]")) {
    choice.addEventListener("change", () => show(choice.value))
  }
}

async function start() {
  const query = new URLSearchParams(location.search)
  const asked = query.has("revision") ? Number(query.get("revision")) : page.head_revision
  const mode = document.querySelector(`[name=show][value="${CSS.escape(query.get("show") ?? "text")}"]`)
  if (mode) {
    mode.checked = true
    shown.mode = mode.value
  }
  try {
    setHead(await list.load())
    await versions.load()
  } catch (error) {
    problem(error)
  }
  await go(Number.isSafeInteger(asked) ? Math.min(Math.max(asked, 0), shown.head) : shown.head)
  watch.start()
  // What is not here yet is fetched when it is asked for, so a failure now is nobody's concern.
  states.loadAll(shown.head).catch((error) => console.info("the history is not fetched ahead:", error.message))
}

/** Texts follow the slider at once where they are here; the rest comes when it stands still. */
function scrub(revision) {
  player.stop()
  setRevision(revision)
  clearTimeout(scrubbing)
  scrubbing = setTimeout(() => go(revision), SCRUB_AFTER_MS)
  // However fast the slider moves, a frame shows one text.
  cancelAnimationFrame(drawing)
  if (shown.mode === "text") drawing = requestAnimationFrame(() => showAtOnce(revision))
}

function showAtOnce(revision) {
  const state = states.reach(revision)
  if (state === null) return
  const update = states.updates.get(revision)
  view.showState(state, update)
  if (update) element("moment").textContent = `${update.author.name}, ${clockTime(update.at)}`
}

/** Shows a revision in the way that is chosen. The newest wish wins. */
async function go(revision) {
  player.stop()
  clearTimeout(scrubbing)
  cancelAnimationFrame(drawing)
  loading?.abort()
  const { signal } = (loading = new AbortController())
  setRevision(revision)
  element("text").classList.add("is-loading")
  try {
    const [entry, state] = await Promise.all([source.entry(revision, signal), shown.mode === "text" && states.at(revision)])
    if (signal.aborted) return
    shown.entry = entry
    const words = state ? showText(state) : await showDifference(signal)
    if (signal.aborted) return
    changes.reset()
    settle(words)
  } catch (error) {
    if (error.name !== "AbortError") problem(error)
  }
  if (!signal.aborted) element("text").classList.remove("is-loading")
}

function showText(state) {
  view.showState(state, states.updates.get(shown.revision))
  return describeMoment(shown.entry, new Date())
}

async function showDifference(signal) {
  const { revision, head, entry, mode } = shown
  const [from, to] = mode === "present" ? [revision, head] : [(entry?.first_revision ?? 1) - 1, revision]
  const pieces = await source.difference(Math.min(from, to), to, signal)
  if (!signal.aborted) view.showDifference(pieces)
  const moment = describeMoment(entry, new Date())
  return mode === "present" ? `${moment}. Since then: ${describeDifference(pieces)}` : moment
}

function settle(words) {
  element("moment").textContent = words
  list.mark(shown.revision)
  element("restore").disabled = shown.revision === shown.head
  const address = new URL(location.pathname, location.href)
  address.searchParams.set("revision", shown.revision)
  if (shown.mode !== "text") address.searchParams.set("show", shown.mode)
  history.replaceState(null, "", address)
}

function show(mode) {
  shown.mode = mode
  go(shown.revision)
}

async function showNext() {
  try {
    go((await list.following(shown.revision)) ?? shown.head)
  } catch (error) {
    problem(error)
  }
}

async function play() {
  if (player.isPlaying) return go(shown.revision)
  // Text that types itself is motion; who wants none goes from entry to entry.
  if (prefersStillness.matches) return shown.revision < shown.head ? showNext() : go(0)
  const from = shown.revision < shown.head ? shown.revision : 0
  document.querySelector("[name=show][value=text]").checked = true
  shown.mode = "text"
  await go(from)
  if (view.isText && shown.revision === from) await player.play(from, shown.head)
}

function played(updates) {
  view.apply(updates)
  const { revision, author, at } = updates.at(-1)
  setRevision(revision)
  element("revision").value = revision
  element("moment").textContent = `${author.name}, ${clockTime(at)}`
}

function drawPlaying(isPlaying) {
  const button = element("play")
  button.setAttribute("aria-pressed", String(isPlaying))
  button.setAttribute("aria-label", isPlaying ? "Pause" : "Play")
  button.title = isPlaying ? "Pause" : "Play"
  // While it runs, the line would be read out ten times a second.
  element("moment").setAttribute("aria-live", isPlaying ? "off" : "polite")
  if (!isPlaying && shown.revision === shown.head) go(shown.head)
}

function setRevision(revision) {
  shown.revision = revision
  const range = element("revision")
  if (Number(range.value) !== revision) range.value = revision
  range.setAttribute("aria-valuetext", `Revision ${revision} of ${shown.head}`)
  element("revision-number").textContent = revision.toLocaleString("en")
}

function setHead(head) {
  shown.head = head
  element("revision").max = head
  element("head-number").textContent = head.toLocaleString("en")
}

async function restored(head) {
  notices.show("The earlier text is back, as a new edit. What was there before it is still in the history.", [CLOSE])
  setHead(await list.load())
  go(head)
}

async function presentTold({ head_revision: head, title }) {
  element("title").textContent = title
  document.title = `History of ${title} · Inkling`
  if (head <= shown.head) return
  try {
    setHead(await list.load())
    setRevision(shown.revision)
    element("restore").disabled = shown.revision === shown.head
  } catch (error) {
    problem(error)
  }
}

function lost() {
  player.stop()
  for (const part of document.querySelectorAll("[data-for-writers]")) part.hidden = true
  for (const part of document.querySelectorAll(".history-controls :is(button, input, select), .history-side button")) part.disabled = true
  notices.show("Your access to this page was taken back, or the page was deleted. What shows is the last that was loaded.", [])
}

function problem(error) {
  if (error.status === 404) return watch.lose()
  notices.show(`That did not work: ${error.message.replace(/\.$/, "")}.`, [CLOSE])
}
