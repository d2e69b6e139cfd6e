// Fetches the history's JSON from the addresses below this page.

export class HistorySource {
  /**
   * @param {string} base the page's own address, without its query
   * @param {string} token against requests forged by other sites
   * @param {typeof fetch} fetcher
   */
  constructor(base, token, fetcher = (...args) => fetch(...args)) {
    Object.assign(this, { base, token, fetcher })
  }

  /** @param {number | null} before null: the newest @returns {Promise<{entries: object[], before: number | null, head_revision: number}>} */
  entries(before) {
    return this.get(before === null ? "entries/" : `entries/?before=${before}`)
  }

  /** @returns {Promise<{revision: number, text: string, attribution: object, entry: object | null}>} */
  text(revision) {
    return this.get(`text/?revision=${revision}`)
  }

  /** @returns {Promise<object | null>} the entry that led to a revision, up to it; null at the beginning */
  async entry(revision, signal) {
    return (await this.get(`entry/?revision=${revision}`, signal)).entry
  }

  /** @returns {Promise<{head_revision: number, title: string}>} */
  present() {
    return this.get("present/")
  }

  /** @returns {Promise<object[]>} those after a revision, a page of them */
  async updates(after) {
    return (await this.get(`updates/?after=${after}`)).updates
  }

  /** @returns {Promise<[string, string][]>} */
  async difference(from, to, signal) {
    return (await this.get(`difference/?from=${from}&to=${to}`, signal)).pieces
  }

  async versions() {
    return (await this.get("versions/")).versions
  }

  async name(revision, name) {
    return (await this.send("POST", "versions/", { revision, name })).versions
  }

  async forgetName(revision) {
    return (await this.send("DELETE", "versions/", { revision })).versions
  }

  /** @returns {Promise<{head_revision: number}>} */
  restore(revision) {
    return this.send("POST", "restore/", { revision })
  }

  /** @returns {Promise<{url: string}>} */
  continueFrom(revision) {
    return this.send("POST", "continue/", { revision })
  }

  async get(path, signal) {
    return answerOf(await this.fetcher(this.base + path, { signal }))
  }

  async send(method, path, body) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token }
    return answerOf(await this.fetcher(this.base + path, { method, headers, body: JSON.stringify(body) }))
  }
}

async function answerOf(response) {
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json")
  const answer = isJson ? await response.json() : null
  if (response.ok && answer) return answer
  const words = answer?.error?.message ?? `the server answered ${response.status}`
  throw Object.assign(new Error(words), { status: response.status, code: answer?.error?.code })
}
