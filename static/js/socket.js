// One WebSocket that joins, and joins again when it breaks. Sends nothing before it is welcome.

import { backOff } from "./back_off.js"
import { finalMessage } from "./close_codes.js"
import { Welcome } from "./welcome.js"

// No word for so long while connecting or joining: the network swallowed it.
const JOIN_WITHIN_MS = 10000
// Of joins: the server cannot let anybody in at the moment.
const PASSING_CODES = ["unavailable", "failed"]
const TRY_AGAIN = 4503

/**
 * @typedef {"connecting" | "joined" | "offline" | "closed"} SocketState
 */
export class Socket {
  /**
   * @param {string} url
   * @param {() => object} makeJoin gives the "join" frame of this moment
   * @param {{WebSocket?: typeof WebSocket, setTimeout?: typeof setTimeout, clearTimeout?: typeof clearTimeout}} platform
   *   what a test hands in
   */
  constructor(url, makeJoin, platform = {}) {
    this.url = url
    this.makeJoin = makeJoin
    this.WebSocket = platform.WebSocket ?? globalThis.WebSocket
    this.setTimeout = platform.setTimeout ?? ((...args) => globalThis.setTimeout(...args))
    this.clearTimeout = platform.clearTimeout ?? ((timer) => globalThis.clearTimeout(timer))
    this.handlers = new Map()
    this.onState = (state, message) => {}
    /** @type {SocketState} */
    this.state = "connecting"
    this.attempt = 0
    this.generation = 0
    this.joining = null
    /** @type {(() => void)[] | null} what the page is not told yet */
    this.held = null
  }

  /** Tells nothing of what comes until `release`: whoever listens is not there yet. */
  hold() {
    this.held = []
  }

  release() {
    const held = this.held ?? []
    this.held = null
    for (const tell of held) tell()
  }

  /**
   * @param {string} type of the frames
   * @param {(frame: object) => void} handler
   */
  on(type, handler) {
    this.handlers.set(type, [...(this.handlers.get(type) ?? []), handler])
  }

  /** @returns {boolean} whether frames can be sent */
  get isJoined() {
    return this.state === "joined"
  }

  /**
   * @param {object} frame
   * @returns {boolean} whether it was sent
   */
  send(frame) {
    if (!this.isJoined || this.socket.readyState !== this.WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(frame))
    return true
  }

  open() {
    if (this.state === "closed") return
    const generation = ++this.generation
    // What a connection said that nobody heard is no news any more: the next one says all of it again.
    if (this.held) this.held = []
    const welcome = new Welcome()
    this.socket = new this.WebSocket(this.url)
    const whileCurrent = (act) => (event) => generation === this.generation && act(event)
    this.socket.onopen = whileCurrent(() => this.socket.send(JSON.stringify(this.makeJoin())))
    this.socket.onmessage = whileCurrent((event) => this.receive(JSON.parse(event.data), welcome))
    this.socket.onclose = whileCurrent((event) => this.lost(event.code))
    this.expectWord()
  }

  expectWord() {
    this.clearTimeout(this.joining)
    this.joining = this.setTimeout(() => this.giveUp(), JOIN_WITHIN_MS)
  }

  /** This connection leads nowhere; the next one comes after a while. */
  giveUp() {
    this.abandon()
    this.lost(TRY_AGAIN)
  }

  /** Gives this connection up and joins anew at once: something came out of order, or nothing came at all. */
  rejoin() {
    if (this.state === "closed") return
    this.abandon()
    this.setState("offline")
    this.open()
  }

  /** Tries now instead of when the back-off says so. */
  hurry() {
    if (this.state !== "offline") return
    this.attempt = 0
    this.rejoin()
  }

  /** @param {string} message why, for the writer */
  close(message) {
    this.abandon()
    this.setState("closed", message)
  }

  receive(frame, welcome) {
    if (frame.type === "error" && !this.isJoined && PASSING_CODES.includes(frame.code)) return this.giveUp()
    if (frame.type === "welcome" || frame.type === "welcome_part") {
      frame = welcome.add(frame)
      if (!frame) return this.expectWord()
      this.attempt = 0
      this.clearTimeout(this.joining)
      this.setState("joined")
    }
    this.tell(() => this.handlers.get(frame.type)?.forEach((handler) => handler(frame)))
  }

  lost(code) {
    this.clearTimeout(this.joining)
    const message = finalMessage(code)
    if (message) return this.setState("closed", message)
    this.setState("offline")
    const generation = this.generation
    this.setTimeout(() => generation === this.generation && this.open(), backOff(this.attempt++))
  }

  abandon() {
    this.generation++
    this.clearTimeout(this.joining)
    this.socket?.close()
  }

  setState(state, message = "") {
    this.state = state
    this.tell(() => this.onState(state, message))
  }

  tell(act) {
    if (this.held) this.held.push(act)
    else act()
  }
}

/**
 * @param {string} sessionId
 * @param {number | null} revision that the page has; without one it is told the whole text
 * @returns {object} a "join" frame
 */
export function joinFrame(sessionId, revision = null) {
  return { type: "join", protocol: 1, revision, session_id: sessionId }
}
