// Tells that the server is newer than this page, once. The page goes on: a change of the protocol closes its socket.

export class Versions {
  /**
   * @param {string} version of the server that made this page
   * @param {import("./notices.js").Notices} notices
   */
  constructor(version, notices) {
    Object.assign(this, { version, notices })
  }

  /** @param {string} version of the server that answers now */
  heard(version) {
    if (version === this.version) return
    this.version = version
    this.notices.show("Inkling was updated. Reload the page when it suits you: nothing is lost.", [
      { label: "Reload", act: () => location.reload() }, { label: "Later", act: () => {} },
    ])
  }
}
