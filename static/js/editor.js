// The editor page: makes the parts and tells them of each other. What they do is in their own files.

import { EditorView } from "../vendor/codemirror.js"
import { Announcer } from "./announce.js"
import { attribution } from "./attribution.js"
import { Carets } from "./carets.js"
import { Chips, isTouch } from "./chips.js"
import { Collab } from "./collab.js"
import { copyText } from "./copy_text.js"
import { keepConnected } from "./connection.js"
import { Copying } from "./copying.js"
import { Drafts, copying } from "./drafts.js"
import { Follow } from "./follow.js"
import { Ghost } from "./ghost.js"
import { GhostTrigger } from "./ghost_trigger.js"
import { introduceWith } from "./introduce.js"
import { makeSocket, page, sessionId, socket } from "./joining.js"
import { Menu } from "./menu.js"
import { Notices } from "./notices.js"
import { OfferCards } from "./offer_cards.js"
import { Offers } from "./offers.js"
import { Outcomes } from "./outcomes.js"
import { defaultChoices, styleNonce } from "./page.js"
import { closeWhenLeft } from "./page_menu.js"
import { Panel } from "./panel.js"
import { switchPanel } from "./panel_switch.js"
import { openStore } from "./kept_store.js"
import { Offline } from "./offline.js"
import { People } from "./people.js"
import { presence } from "./presence.js"
import { publishWith } from "./publish.js"
import { shareWith } from "./share.js"
import { Shuffle } from "./shuffle.js"
import { Status } from "./status.js"
import { activeRow } from "./suggestion_state.js"
import { suggestionKeys } from "./suggestion_keys.js"
import { Suggestions } from "./suggestions.js"
import { Title } from "./title.js"
import { TITLE_FROM } from "./title_text.js"
import { Versions } from "./versions.js"
import { Writers } from "./writers.js"
import { openEditor, setEditable } from "./writing.js"

const element = (id) => document.getElementById(id)
const notices = new Notices(element("notices"))
const tab = { sessionId, path: location.pathname }
const drafts = new Drafts(notices, tab, openStore())
const collab = new Collab(socket, tab.sessionId, (code, message) => offline.stopped(code, message))
const offline = new Offline({ tab, collab, drafts, notices, makeSocket, saved: element("saved") })
const panel = new Panel(element("panel-form"), defaultChoices(page.default_params))
const status = new Status(element("status"), () => panel.choices)
const carets = new Carets(socket, collab)
const people = new People(element("people"), socket, collab.sessionId)
const follow = new Follow(element("following"), element("desk"), people)
const title = new Title(element("title"), page.title, (name) => socket.send({ type: "rename", title: name }))
const writers = new Writers(element("writers"), element("status").querySelector(".status-machine"))
const announcer = new Announcer(element("announcer"))
const shuffle = new Shuffle([...document.querySelectorAll("[data-shuffle]")])
const suggestions = new Suggestions({ socket, readChoices: () => panel.choices, outcomes: new Outcomes(socket), status })
const offers = new Offers({
  socket, collab, say: (text) => announcer.say(text), notify: (text) => notices.show(text, [{ label: "Close", act: () => {} }]),
  readAuthor: () => suggestions.author,
})
const offerCards = new OfferCards(element("offers"), offers, element("chips"))
const ghost = new Ghost(() => suggestions.accept(activeRow(suggestions.state)))
const ghostTrigger = new GhostTrigger(suggestions, () => panel.choices.isGhostOn)
const copies = new Copying(collab, page.copy_key)
const menu = new Menu(element("menu"), suggestions, offers)
const chips = new Chips(element("chips"), suggestions, offers)
const versions = new Versions(page.version, notices)

/** @type {EditorView | null} */
let view = null

dress()
connect()

function connect() {
  socket.onState = (state, message) => {
    status.connected(state)
    offline.connected(state)
    if (state === "closed") closed(message)
  }
  socket.makeJoin = () => collab.makeJoin()
  socket.on("welcome", welcomed)
  socket.on("renamed", (frame) => title.set(frame.title))
  socket.on("checkpoints", (frame) => panel.setCheckpoints(frame.checkpoints))
  socket.on("access_changed", (frame) => allow(frame.role !== "view"))
  collab.onChange = (transaction) => copies.follow(transaction)
  collab.onProgress = () => {
    offline.progressed()
    offers.send()
  }
  collab.onCommitted = (update, revision) => {
    carets.committed(update, revision)
    offline.committed(update)
  }
  carets.onDrawn = () => follow.look()
  people.onChange = peopleChanged
  keepConnected(socket)
  socket.release()
}

function dress() {
  panel.setCheckpoints(page.checkpoints)
  switchPanel(element("panel"), element("panel-button"), () => view?.focus())
  closeWhenLeft(element("page-menu"))
  copyText(element("copy-text"), () => view?.state.doc.toString() ?? "")
  if (page.links_url) shareWith(element("share"), element("share-button"), page)
  if (page.publications_url) publishWith(element("share"), element("share-button"), page)
  status.onFirstText = (milliseconds) => ghostTrigger.pause.learn(milliseconds)
  people.onFollow = (sessionId) => followed(sessionId)
  people.onIntroduce = introduceWith(element("introduce"), socket, () => people.self.name)
  suggestions.onAccepted = (text) => announcer.accepted(text)
  offers.onTaken = (text) => announcer.accepted(text)
  offers.render = (cards, taking) => offerCards.render(cards, taking)
  suggestions.renderers = [
    (state) => ghost.render(view, state),
    (state) => (isTouch() ? chips : menu).render(state),
    () => offerCards.place(),
    (state) => announcer.render(state),
  ]
}

function peopleChanged(participants) {
  const { self } = people
  if (self) suggestions.author = { name: self.name, color: self.color }
  carets.setPeople(participants)
  follow.peopleChanged()
}

function followed(sessionId) {
  follow.toggle(sessionId)
  // Escape stops it from wherever the focus is; on a phone the keyboard would cover what is followed.
  if (!isTouch()) view?.focus()
}

function welcomed(welcome) {
  const { document: content, session } = welcome
  suggestions.author = { name: session.name, color: session.color }
  if (view) offline.resume(welcome)
  else begin(welcome)
  versions.heard(welcome.version)
  title.set(content.title)
  panel.setCheckpoints(welcome.checkpoints)
  people.set(welcome.participants)
  offers.welcomed(welcome)
  allow(content.can_edit)
}

function begin(welcome) {
  const { can_edit: canEdit, attribution: runs } = welcome.document
  const features = [
    suggestionKeys(suggestions, ghost, { offer: () => offers.offer(suggestions.state), goTo: () => offerCards.focus() }),
    suggestions.extension, offers.extension, ghost.extension, ghostTrigger.extension, chips.extension,
    copies.extension, collab.extension, attribution(runs, () => suggestions.author), writers.extension, presence, follow.extension,
    EditorView.updateListener.of(viewUpdated),
  ]
  collab.start(welcome)
  element("editor").replaceChildren()
  view = openEditor(element("editor"), collab.queue.text, canEdit, styleNonce(), features)
  for (const part of [collab, suggestions, offers, shuffle, follow]) part.view = view
  writers.begin(view)
  view.dispatch({ selection: { anchor: view.state.doc.length }, scrollIntoView: true })
  if (!isTouch()) view.focus()
  offline.begin(view, canEdit)
  textChanged()
}

function viewUpdated(update) {
  if (update.docChanged) textChanged()
  if (update.docChanged || update.selectionSet) carets.sendSoon()
  if (update.geometryChanged && suggestions.state) menu.place()
  if (update.geometryChanged || update.selectionSet) offerCards.place()
}

function textChanged() {
  status.countSoon(view.state.doc)
  title.follow(view.state.doc.sliceString(0, TITLE_FROM))
  document.body.classList.toggle("is-empty", view.state.doc.length === 0)
  shuffle.draw()
}

function allow(canEdit) {
  if (view && view.state.readOnly === canEdit) setEditable(view, canEdit)
  title.setEditable(canEdit)
  document.body.classList.toggle("is-read-only", !canEdit)
}

function closed(message) {
  suggestions.close()
  if (view) allow(false)
  notices.show(message + offline.closed(), [{ label: "Reload", act: () => location.reload() }, ...(view ? [copying(view)] : [])])
}
