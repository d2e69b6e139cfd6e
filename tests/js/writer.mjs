// The page's own modules and the real CodeMirror behind standard input and output: each line asks one of the writers
// something, each line back is the answer. tests/webapp/collab/browser.py is the other end.

import { createInterface } from "node:readline"
import { runsOf } from "../../static/js/attribution.js"
import { Data, Page, copy, paste } from "./page.mjs"

const writers = new Map()

const commands = {
  open(writer, { author }) {
    writer.clipboard = new Data()
    writer.page = new Page("", null, { sessionId: writer.id, author, revision: 0 })
  },
  edit({ page }, { from, to, insert }) {
    if (from < to || insert) page.edit(from, to, insert)
  },
  copy(writer, { from, to }) {
    writer.clipboard = copy(writer.page, from, to)
  },
  paste({ page, clipboard }, { at }) {
    if (clipboard.size) paste(page, at, clipboard)
  },
  undo({ page }) {
    page.press("Mod-z")
  },
  redo({ page }) {
    page.press("Mod-y")
  },
  send({ page }) {
    return page.collab.queue.takeBatch()
  },
  reconnect({ page }) {
    page.collab.queue.connectionLost()
  },
  receive({ page }, { updates }) {
    page.collab.take(updates)
  },
  runs({ page }) {
    const { sources, runs } = runsOf(page.state)
    return runs.map(([length, index]) => [length, sources[index].origin, sources[index].author.name])
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { writer: id, command, ...fields } = JSON.parse(line)
  if (!writers.has(id)) writers.set(id, { id })
  const writer = writers.get(id)
  const answer = commands[command](writer, fields) ?? null
  const { queue } = writer.page.collab
  const state = { text: writer.page.state.doc.toString(), revision: queue.revision, first_number: queue.firstNumber }
  process.stdout.write(JSON.stringify({ ...state, answer }) + "\n")
}
