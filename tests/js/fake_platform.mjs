// A network and a clock that do what a test says.

export class FakeWebSocket {
  static OPEN = 1
  static made = []

  constructor(url) {
    this.url = url
    this.readyState = 0
    this.sent = []
    FakeWebSocket.made.push(this)
  }

  send(text) {
    this.sent.push(JSON.parse(text))
  }

  close() {
    this.readyState = 3
  }

  opens() {
    this.readyState = FakeWebSocket.OPEN
    this.onopen({})
  }

  says(frame) {
    this.onmessage({ data: JSON.stringify(frame) })
  }

  breaks(code) {
    this.readyState = 3
    this.onclose({ code })
  }
}

/** Timers that go off when they are told to, in the order in which they were set. */
export class FakeTimers {
  constructor() {
    this.set = new Map()
    this.last = 0
    this.setTimeout = (act, milliseconds) => {
      this.set.set(++this.last, { act, milliseconds })
      return this.last
    }
    this.clearTimeout = (timer) => this.set.delete(timer)
  }

  get size() {
    return this.set.size
  }

  /** @returns {number[]} how long each of them waits */
  get delays() {
    return [...this.set.values()].map(({ milliseconds }) => milliseconds)
  }

  goOff() {
    const due = [...this.set.values()]
    this.set.clear()
    for (const { act } of due) act()
  }
}
