// What this browser keeps of unsaved writing, in IndexedDB: the edits of each tab, and drafts that nobody could save.
//
// Not localStorage: that has room for five million characters in all, writes while the page waits, and Chromium puts it
// on disk seconds later, so that a browser that is killed takes it along.

const NAME = "inkling"
const VERSION = 1
const STORES = ["sessions", "updates", "texts", "drafts"]

/**
 * @typedef {object} KeptSession What an open tab has not seen saved, but for the updates themselves.
 * @property {string} session_id
 * @property {string} path of the document's page
 * @property {number} revision that the first update stands on
 * @property {number} length of the server's text at that revision
 * @property {number} first_number of the updates
 * @property {string} at ISO time of the last change
 *
 * @typedef {{number: number, update: object}} KeptUpdate the update in the form of an "edit" frame
 * @typedef {{revision: number, text: string}} KeptText the server's text at a revision
 *
 * @typedef {object} Draft Words that could not be saved as an edit.
 * @property {number} [id]
 * @property {string} path
 * @property {string} text
 * @property {boolean} is_whole false where it is only what was written, without the text around it
 * @property {string} at ISO time
 */

/**
 * @param {() => IDBFactory} readFactory
 * @returns {Promise<KeptStore>} rejected where this browser keeps nothing
 */
export function openStore(readFactory = () => globalThis.indexedDB) {
  return new Promise((resolve, reject) => {
    // Asking for it is refused outright where the writer forbade cookies.
    const request = readFactory().open(NAME, VERSION)
    request.onupgradeneeded = () => prepare(request.result)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => resolve(new KeptStore(request.result))
  })
}

function prepare(database) {
  database.createObjectStore("sessions", { keyPath: "session_id" }).createIndex("path", "path")
  database.createObjectStore("updates", { keyPath: ["session_id", "number"] })
  database.createObjectStore("texts", { keyPath: "session_id" })
  database.createObjectStore("drafts", { keyPath: "id", autoIncrement: true }).createIndex("path", "path")
}

export class KeptStore {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database
    // A later version of the page wants to change the stores.
    database.onversionchange = () => database.close()
  }

  /**
   * Brings what is kept of a session up to date, all of it or nothing.
   * @param {KeptSession} session
   * @param {KeptUpdate[]} updates those that are new or changed
   * @param {KeptText | null} text where it changed
   */
  async write(session, updates, text) {
    const { session_id, first_number } = session
    await this.run("readwrite", (store) => {
      store("sessions").put(session)
      for (const { number, update } of updates) store("updates").put({ session_id, number, update })
      if (first_number) store("updates").delete(updatesOf(session_id, first_number - 1))
      if (text) store("texts").put({ session_id, ...text })
    })
  }

  /** @param {string} sessionId */
  async forget(sessionId) {
    await this.run("readwrite", (store) => forget(store, sessionId))
  }

  /**
   * @param {string} path
   * @returns {Promise<string[]>} the sessions that have something unsaved, the oldest first
   */
  async sessionsOf(path) {
    const [sessions] = await this.run("readonly", (store) => [store("sessions").index("path").getAll(path)])
    return sessions.sort((one, other) => (one.at < other.at ? -1 : 1)).map(({ session_id: id }) => id)
  }

  /**
   * @param {string} sessionId
   * @returns {Promise<{session: KeptSession, updates: object[], text: string | null} | null>}
   */
  async read(sessionId) {
    const [session, updates, text] = await this.run("readonly", (store) => [
      store("sessions").get(sessionId), store("updates").getAll(updatesOf(sessionId)), store("texts").get(sessionId),
    ])
    if (!session) return null
    // Each stands on the one before it, so behind a gap there is nothing.
    const following = updates.filter(({ number }, place) => number === session.first_number + place)
    const isOfThen = text?.revision === session.revision
    return { session, updates: following.map(({ update }) => update), text: isOfThen ? text.text : null }
  }

  /**
   * @param {Draft} draft
   * @param {string} sessionId whose edits it takes the place of
   */
  async keepDraft(draft, sessionId) {
    await this.run("readwrite", (store) => {
      store("drafts").put(draft)
      forget(store, sessionId)
    })
  }

  /**
   * @param {string} path
   * @returns {Promise<Draft[]>}
   */
  async draftsOf(path) {
    const [drafts] = await this.run("readonly", (store) => [store("drafts").index("path").getAll(path)])
    return drafts
  }

  /** @param {number} id */
  async forgetDraft(id) {
    await this.run("readwrite", (store) => [store("drafts").delete(id)])
  }

  run(mode, act) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORES, mode)
      const requests = act((name) => transaction.objectStore(name))
      transaction.oncomplete = () => resolve(requests?.map(({ result }) => result))
      transaction.onabort = () => reject(transaction.error)
      // At once, since the page may be on its way out.
      transaction.commit()
    })
  }
}

function forget(store, sessionId) {
  store("sessions").delete(sessionId)
  store("updates").delete(updatesOf(sessionId))
  store("texts").delete(sessionId)
}

function updatesOf(sessionId, last = Infinity) {
  return IDBKeyRange.bound([sessionId, 0], [sessionId, last])
}
