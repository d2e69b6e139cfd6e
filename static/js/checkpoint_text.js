// What a checkpoint's state means for the writer, in words.

/**
 * @param {{state: string, reason: string, progress: number | null}} checkpoint
 * @returns {string}
 */
export function describeState({ state, reason, progress }) {
  const percent = progress === null ? "" : ` ${Math.round(progress * 100)} %`
  if (state === "ready") return "Ready"
  if (state === "loading") return `Loading${percent}. The default checkpoint answers until then.`
  if (state === "downloading") return `Downloading${percent}. The default checkpoint answers until then.`
  if (state === "failed") return `Could not be loaded${reason ? `: ${reason}` : ""}. The default checkpoint answers instead.`
  if (state === "absent") return "Loads when you ask it. The default checkpoint answers until then."
  return `No worker serves it now${reason ? `: ${reason}` : ""}.`
}

/**
 * The short form, for a line in a list.
 * @param {{state: string}} checkpoint
 * @returns {string}
 */
export function stateName({ state }) {
  return state === "absent" ? "loads when asked for" : state
}
