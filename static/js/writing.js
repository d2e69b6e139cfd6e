// CodeMirror set up for prose.

import {
  Compartment, EditorState, EditorView, drawSelection, history, historyKeymap, keymap, placeholder,
  search, searchKeymap, standardKeymap,
} from "../vendor/codemirror.js"
import { isTouch } from "./chips.js"
import { textFilter } from "./text_filter.js"

const ATTRIBUTES = {
  "aria-label": "Text",
  "aria-describedby": "editor-hint",
  "aria-multiline": "true",
  spellcheck: "true",
  autocorrect: "on",
  autocapitalize: "sentences",
  // The browser's own suggestions would talk over ours.
  writingsuggestions: "false",
}
const INVITATION = "Begin anywhere. When you are stuck,"

const access = new Compartment()

/**
 * @param {HTMLElement} parent
 * @param {string | import("../vendor/codemirror.js").Text} doc
 * @param {boolean} canEdit
 * @param {string} nonce
 * @param {import("../vendor/codemirror.js").Extension[]} features
 * @returns {EditorView}
 */
export function openEditor(parent, doc, canEdit, nonce, features) {
  const extensions = [
    features,
    EditorView.cspNonce.of(nonce),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of(ATTRIBUTES),
    // Only LF parts lines, here as on the server.
    EditorState.lineSeparator.of("\n"),
    access.of(accessOf(canEdit)),
    textFilter,
    history(),
    drawSelection(),
    search({ top: true }),
    placeholder(`${INVITATION} ${isTouch() ? "tap Suggest" : "press Tab"}.`),
    keymap.of([...searchKeymap, ...historyKeymap, ...standardKeymap]),
  ]
  return new EditorView({ doc, extensions, parent })
}

/**
 * @param {EditorView} view
 * @param {boolean} canEdit
 */
export function setEditable(view, canEdit) {
  view.dispatch({ effects: access.reconfigure(accessOf(canEdit)) })
}

function accessOf(canEdit) {
  return [EditorState.readOnly.of(!canEdit), EditorView.editable.of(canEdit)]
}
