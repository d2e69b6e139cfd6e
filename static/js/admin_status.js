// The admin's page of workers and queues: shows what the page came with, then asks every two seconds.

const INTERVAL_MS = 2000

const byId = (id) => document.getElementById(id)

/** Rows of texts for one worker: its checkpoints, or one row where it holds none. */
export function workerRows(worker, now) {
  const about = [worker.worker_id, `${worker.host}, ${worker.pid}`, age(now - worker.at), `version ${worker.catalogue_version}`]
  const checkpoints = Object.entries(worker.checkpoints)
  if (checkpoints.length === 0) return [[...about, "none", "", "", ""]]
  return checkpoints.map(([name, status]) => [...about, name, describe(status), status.num_running, status.num_waiting])
}

/** "downloading 40 %: 120 of 300 MB" */
export function describe({ state, progress, reason }) {
  const share = progress === null ? "" : ` ${Math.round(progress * 100)} %`
  return `${state}${share}${reason ? `: ${reason}` : ""}`
}

/** Seconds in words; clocks of two machines may differ, so never less than nothing. */
export function age(seconds) {
  return `${Math.max(0, Math.round(seconds))} s ago`
}

function fill(body, rows) {
  body.replaceChildren(...rows.map((texts) => {
    const row = document.createElement("tr")
    row.append(...texts.map((text) => Object.assign(document.createElement("td"), { textContent: text })))
    return row
  }))
}

function show({ redis, workers, queues }) {
  byId("status-redis").textContent = redis
  const rows = workers.flatMap((worker) => workerRows(worker, Date.now() / 1000))
  fill(byId("status-workers"), rows.length ? rows : [["No worker has reported in the last five seconds."]])
  fill(byId("status-queues"), queues.map(({ name, length }) => [name, length]))
}

async function refresh(url) {
  try {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`status ${response.status}`)
    show(await response.json())
    byId("status-note").textContent = ""
  } catch (error) {
    byId("status-note").textContent = `The figures are old: ${error.message}.`
  }
  setTimeout(refresh, INTERVAL_MS, url)
}

if (typeof document !== "undefined") {
  show(JSON.parse(byId("status-now").textContent))
  setTimeout(refresh, INTERVAL_MS, byId("status").dataset.url)
}
