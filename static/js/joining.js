// Joins while the editor's other modules are still on their way: what the server says meanwhile waits for `release`.

import { newSessionId, readPage, socketAddress } from "./page.js"
import { Socket, joinFrame } from "./socket.js"

export const page = readPage()
export const sessionId = newSessionId()
export const makeSocket = (makeJoin) => new Socket(socketAddress(page.socket_url, location), makeJoin)
export const socket = makeSocket(() => joinFrame(sessionId))

socket.hold()
socket.open()
