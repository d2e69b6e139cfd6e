// The text of the past, to be read: as it was, as it changes, or with what is different marked.

import { ChangeSet, Decoration, EditorState, EditorView, StateEffect, StateField, drawSelection, keymap, placeholder, search, searchKeymap } from "../vendor/codemirror.js"
import { attribution } from "./attribution.js"
import { remoteChange } from "./collab.js"

const ATTRIBUTES = { "aria-label": "Text at this revision", "aria-readonly": "true", "aria-multiline": "true", tabindex: "0" }
const CHOSEN = Decoration.mark({ class: "is-chosen" })
const changeChosen = StateEffect.define()
const chosenChange = StateField.define({
  create: () => Decoration.none,
  update: (value, { effects }) => {
    const chosen = effects.find((effect) => effect.is(changeChosen))?.value
    return chosen ? Decoration.set(CHOSEN.range(chosen.from, chosen.to)) : value
  },
  provide: (field) => EditorView.decorations.from(field),
})
const MARKS = {
  inserted: Decoration.mark({ tagName: "ins", class: "is-inserted" }),
  deleted: Decoration.mark({ tagName: "del", class: "is-deleted" }),
}

export class HistoryView {
  /**
   * @param {HTMLElement} parent
   * @param {string} nonce
   */
  constructor(parent, nonce) {
    this.parent = parent
    this.nonce = nonce
    parent.replaceChildren()
    this.view = new EditorView({ parent, state: this.stateOf("", []) })
    /** Whether the text is that of a revision, so that updates can follow. */
    this.isText = false
    /** Of a difference: what follows each other without kept text between. */
    this.changes = []
  }

  /**
   * @param {string} text
   * @param {object} runs its attribution
   * @returns {EditorState} that can be shown, and that updates can follow
   */
  begin(text, runs) {
    return this.stateOf(text, [attribution(runs), placeholder("The page is empty here.")])
  }

  /** @param {EditorState} state @param {object} update @returns {EditorState} the state after the update */
  follow(state, update) {
    return state.update(remoteChange(ChangeSet.fromJSON(update.changes), update)).state
  }

  /** @param {EditorState} state @param {object} [update] the one that led to it, whose place comes into view */
  showState(state, update) {
    this.isText = true
    this.changes = []
    this.set(state)
    const place = update ? placeOfChange(ChangeSet.fromJSON(update.changes)) : null
    if (place !== null) this.view.dispatch({ effects: EditorView.scrollIntoView(place, { yMargin: 60 }) })
  }

  /** @param {[string, string][]} pieces */
  showDifference(pieces) {
    this.isText = false
    const marks = []
    let from = 0
    for (const [kind, text] of pieces) {
      if (MARKS[kind]) marks.push(MARKS[kind].range(from, from + text.length))
      from += text.length
    }
    this.changes = changesOf(pieces)
    const features = [EditorView.decorations.of(Decoration.set(marks)), chosenChange]
    this.set(this.stateOf(pieces.map(([, text]) => text).join(""), features))
    if (marks.length) this.showChange(0)
  }

  /** Brings one of the changes into view, and sets the caret there. @param {number} place among `changes` */
  showChange(place) {
    const { from, to } = this.changes[place]
    const effects = [changeChosen.of({ from, to }), EditorView.scrollIntoView(from, { y: "center" })]
    this.view.dispatch({ effects, selection: { anchor: from } })
  }

  /** @param {object[]} updates that follow what is shown */
  apply(updates) {
    const transactions = []
    let { state } = this.view
    for (const update of updates) {
      const transaction = state.update(remoteChange(ChangeSet.fromJSON(update.changes), update))
      transactions.push(transaction)
      state = transaction.state
    }
    this.view.update(transactions)
    const place = placeOfChange(transactions.at(-1)?.changes)
    if (place !== null) this.view.dispatch({ effects: EditorView.scrollIntoView(place, { yMargin: 60 }) })
  }

  set(state) {
    const { scrollTop } = this.view.scrollDOM
    this.view.setState(state)
    this.view.scrollDOM.scrollTop = scrollTop
  }

  stateOf(doc, features) {
    return EditorState.create({
      doc,
      extensions: [
        features,
        EditorView.cspNonce.of(this.nonce),
        EditorView.lineWrapping,
        EditorView.editable.of(false),
        EditorState.readOnly.of(true),
        EditorState.lineSeparator.of("\n"),
        EditorView.contentAttributes.of(ATTRIBUTES),
        drawSelection(),
        search({ top: true }),
        keymap.of(searchKeymap),
      ],
    })
  }
}

/**
 * @param {[string, string][]} pieces
 * @returns {{from: number, to: number, deleted: string, inserted: string}[]} places in all pieces' text
 */
export function changesOf(pieces) {
  const changes = []
  let place = 0
  for (const [kind, text] of pieces) {
    const from = place
    place += text.length
    if (kind === "kept") continue
    if (changes.at(-1)?.to !== from) changes.push({ from, to: from, deleted: "", inserted: "" })
    changes.at(-1).to = place
    changes.at(-1)[kind] += text
  }
  return changes
}

function placeOfChange(changes) {
  let place = null
  changes?.iterChangedRanges((fromA, toA, fromB, toB) => (place = toB))
  return place
}
