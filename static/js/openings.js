// First lines for a page that is still empty. Written for Inkling.

export const OPENINGS = [
  "The lighthouse keeper had counted every ship for thirty years, and tonight there was one too many.",
  "My grandmother kept two clocks in the kitchen, and only one of them told the time.",
  "Nobody in the village would say who had painted the door blue.",
  "It was the kind of rain that makes strangers share a doorway and, sometimes, a secret.",
  "The letter arrived eleven years after it was sent, and it was addressed to the cat.",
  "On the morning of the eclipse the schoolmaster let the children bring their birds.",
  "She had been hired to catalogue the library, not to answer it.",
  "There are three rules on the night ferry, and the third one is never spoken.",
  "The orchestra tuned for so long that the audience began to hum along.",
  "Before the map was finished, the river had already changed its mind.",
  "He found the first button in the garden, the second in the bread.",
  "The last train to Ashcombe had one passenger and a great deal of luggage.",
]

/**
 * @param {() => number} random from 0 up to, not including, 1
 * @param {string} previous the one that was there
 * @returns {string} an opening, never the same twice in a row
 */
export function drawOpening(random = Math.random, previous = "") {
  const others = OPENINGS.filter((opening) => opening !== previous)
  return others[Math.floor(random() * others.length)]
}
