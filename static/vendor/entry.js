// The names of CodeMirror that Inkling uses. Built into codemirror.js by build.mjs.

export {
  Annotation, ChangeSet, Compartment, EditorSelection, EditorState, Facet, Prec, RangeSet, RangeSetBuilder,
  StateEffect, StateField, Text, Transaction,
} from "@codemirror/state"
export {
  Decoration, EditorView, RectangleMarker, ViewPlugin, WidgetType,
  drawSelection, hoverTooltip, keymap, layer, placeholder,
} from "@codemirror/view"
export { history, historyKeymap, invertedEffects, isolateHistory, redo, standardKeymap, undo } from "@codemirror/commands"
export { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search"
export { collab, getClientID, getSyncedVersion, receiveUpdates, sendableUpdates } from "@codemirror/collab"
