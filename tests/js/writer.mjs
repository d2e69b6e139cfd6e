// The page's own UpdateQueue and the real CodeMirror behind standard input and output: each line asks one of the
// writers something, each line back is the answer. tests/webapp/collab/browser.py is the other end.

import { createInterface } from "node:readline"
import { UpdateQueue } from "../../static/js/update_queue.js"
import { ChangeSet, Text } from "../../static/vendor/codemirror.js"

const writers = new Map()

const commands = {
  open(writer) {
    writer.text = Text.empty
    writer.queue = new UpdateQueue(writer.id, 0, 0)
  },
  edit(writer, { from, to, insert }) {
    const changes = ChangeSet.of({ from, to, insert }, writer.text.length)
    writer.text = changes.apply(writer.text)
    if (!changes.empty) writer.queue.add(changes, "typed")
  },
  send(writer) {
    return writer.queue.takeBatch()
  },
  reconnect(writer) {
    writer.queue.connectionLost()
  },
  receive(writer, { updates }) {
    for (const update of updates) {
      const changes = writer.queue.receive(update)
      if (changes) writer.text = changes.apply(writer.text)
    }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { writer: id, command, ...fields } = JSON.parse(line)
  if (!writers.has(id)) writers.set(id, { id })
  const writer = writers.get(id)
  const answer = commands[command](writer, fields) ?? null
  const { text, queue } = writer
  const state = { text: text.toString(), revision: queue.revision, first_number: queue.firstNumber }
  process.stdout.write(JSON.stringify({ ...state, answer }) + "\n")
}
