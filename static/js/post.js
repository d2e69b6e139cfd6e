// Asks the server for something and gives its answer, or the words of its refusal.

/**
 * @param {string} url
 * @param {{csrf_token: string, body?: object | null, method?: string}} options
 * @param {typeof fetch} fetcher
 * @returns {Promise<object | null>} what the server answered; null where it had nothing to say
 */
export async function ask(url, { csrf_token, body = null, method = "POST" }, fetcher = fetch) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf_token }
  const answer = await fetcher(url, { method, headers, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(await refusal(answer))
  return answer.status === 204 ? null : answer.json()
}

async function refusal(answer) {
  const isJson = answer.headers?.get("Content-Type")?.startsWith("application/json")
  return isJson ? (await answer.json()).error.message : `the server answered ${answer.status}`
}
