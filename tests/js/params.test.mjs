import assert from "node:assert/strict"
import test from "node:test"
import { DEFAULTS, keepChoices, loadChoices, parseField, presetOf, PRESETS, toParams } from "../../static/js/params.js"

class FakeStorage {
  constructor() {
    this.values = new Map()
  }

  getItem(key) {
    return this.values.get(key) ?? null
  }

  setItem(key, value) {
    this.values.set(key, value)
  }
}

test("a number within its limits is read", () => {
  assert.deepEqual(parseField("temperature", " 0.7 "), { value: 0.7 })
  assert.deepEqual(parseField("numContinuations", "6"), { value: 6 })
  assert.deepEqual(parseField("seed", ""), { value: null })
})

for (const [field, typed] of [
  ["temperature", "2.1"], ["temperature", "-1"], ["temperature", "warm"], ["temperature", ""], ["temperature", "NaN"],
  ["topP", "Infinity"], ["numContinuations", "7"], ["numContinuations", "2.5"], ["maxTimeMs", "49"], ["seed", "-1"],
]) {
  test(`${field} refuses “${typed}” and says what it takes`, () => {
    assert.match(parseField(field, typed).problem, /takes a (whole )?number from/)
  })
}

test("choices become the params of a frame", () => {
  assert.deepEqual(toParams(DEFAULTS), {
    num_continuations: 3, temperature: 1, top_p: 0.9, max_time_ms: 1000, seed: null, stop_at: "sentence", max_new_tokens: 40,
  })
})

test("greedy decoding asks for one continuation", () => {
  assert.equal(toParams({ ...DEFAULTS, temperature: 0 }).num_continuations, 1)
})

test("a fixed seed moves on when more is asked for", () => {
  assert.equal(toParams({ ...DEFAULTS, seed: 7 }, 3).seed, 10)
  assert.equal(toParams({ ...DEFAULTS, seed: 2 ** 32 - 1 }, 1).seed, 0)
})

test("what is kept is found again", () => {
  const storage = new FakeStorage()
  const choices = { ...DEFAULTS, ...PRESETS.creative, length: "word", seed: 5, isGhostOn: true }
  keepChoices(storage, choices)
  assert.deepEqual(loadChoices(storage), choices)
})

test("a bad value that was kept costs only itself", () => {
  const storage = new FakeStorage()
  storage.setItem("inkling:choices", JSON.stringify({ temperature: 99, topP: 0.5, length: "epic" }))
  assert.deepEqual(loadChoices(storage), { ...DEFAULTS, topP: 0.5 })
  storage.setItem("inkling:choices", "{")
  assert.deepEqual(loadChoices(storage), DEFAULTS)
})

test("the server's defaults come before ours", () => {
  assert.equal(loadChoices(new FakeStorage(), { maxTimeMs: 2000 }).maxTimeMs, 2000)
})

test("a preset is recognised by its numbers", () => {
  assert.equal(presetOf(DEFAULTS), "balanced")
  assert.equal(presetOf({ ...DEFAULTS, temperature: 0.31 }), null)
})
