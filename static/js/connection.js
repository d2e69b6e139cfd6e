// Does not wait for the back-off where the browser says that the network, the machine or the writer is back.

import { watchSleep } from "./wake.js"

/** @param {import("./socket.js").Socket} socket */
export function keepConnected(socket) {
  // After a sleep, and when the network goes, the socket is dead and does not know it; trying anew tells at once.
  const lookForSleep = watchSleep(() => socket.rejoin())
  addEventListener("offline", () => socket.rejoin())
  addEventListener("online", () => socket.hurry())
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return
    lookForSleep()
    // Browsers slow down the timers of pages that nobody sees.
    socket.hurry()
  })
}
