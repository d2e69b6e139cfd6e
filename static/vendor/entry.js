// The names of CodeMirror that Inkling uses. Built into codemirror.js by build.mjs.

export {
  Annotation, ChangeSet, Compartment, EditorSelection, EditorState, Prec, StateEffect, StateField, Text, Transaction,
} from "@codemirror/state"
export {
  Decoration, EditorView, RectangleMarker, WidgetType, drawSelection, hoverTooltip, keymap, layer, placeholder,
} from "@codemirror/view"
export { history, historyKeymap, isolateHistory, standardKeymap } from "@codemirror/commands"
export { search, searchKeymap } from "@codemirror/search"
