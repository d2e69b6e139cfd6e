import assert from "node:assert/strict"
import test from "node:test"

import { age, describe, workerRows } from "../../static/js/admin_status.js"

const WORKER = { worker_id: "w1", host: "ink", pid: 7, at: 100, catalogue_version: 3 }

test("every checkpoint of a worker has a row", () => {
  const ready = { state: "ready", progress: null, reason: "", num_running: 2, num_waiting: 1 }
  const rows = workerRows({ ...WORKER, checkpoints: { gpt2: ready, "novels-7m": ready } }, 101.2)
  assert.deepEqual(rows[0], ["w1", "ink, 7", "1 s ago", "version 3", "gpt2", "ready", 2, 1])
  assert.equal(rows.length, 2)
})

test("a worker without checkpoints is seen too", () => {
  assert.equal(workerRows({ ...WORKER, checkpoints: {} }, 100)[0][4], "none")
})

test("a state is told with its progress and its reason", () => {
  assert.equal(describe({ state: "downloading", progress: 0.4, reason: "" }), "downloading 40 %")
  assert.equal(describe({ state: "failed", progress: null, reason: "no hub" }), "failed: no hub")
})

test("a clock that runs ahead gives no negative age", () => {
  assert.equal(age(-3), "0 s ago")
})
