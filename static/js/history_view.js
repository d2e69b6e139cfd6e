// The text of the past, to be read: as it was, as it changes, or with what is different marked.

import { ChangeSet, Decoration, EditorState, EditorView, drawSelection, keymap, placeholder, search, searchKeymap } from "../vendor/codemirror.js"
import { attribution } from "./attribution.js"
import { remoteChange } from "./collab.js"

const ATTRIBUTES = { "aria-label": "Text at this revision", "aria-readonly": "true", "aria-multiline": "true", tabindex: "0" }
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
  }

  /** @param {string} text @param {object} runs its attribution */
  showText(text, runs) {
    this.isText = true
    this.set(text, [attribution(runs), placeholder("The page is empty here.")])
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
    this.set(pieces.map(([, text]) => text).join(""), [EditorView.decorations.of(Decoration.set(marks))])
    if (marks.length) this.view.dispatch({ effects: EditorView.scrollIntoView(marks[0].from, { y: "center" }) })
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

  set(text, features) {
    const { scrollTop } = this.view.scrollDOM
    this.view.setState(this.stateOf(text, features))
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

function placeOfChange(changes) {
  let place = null
  changes?.iterChangedRanges((fromA, toA, fromB, toB) => (place = toB))
  return place
}
