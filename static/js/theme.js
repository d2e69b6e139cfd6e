// Light, dark, or as the system has it. Loaded first and render-blocking, so that no page flashes.

const STORAGE_KEY = "inkling:theme"
const THEMES = ["system", "light", "dark"]

apply(kept())
addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    draw(button)
    button.hidden = false
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(kept()) + 1) % THEMES.length]
      localStorage.setItem(STORAGE_KEY, next)
      apply(next)
      draw(button)
    })
  }
})

function kept() {
  const theme = localStorage.getItem(STORAGE_KEY)
  return THEMES.includes(theme) ? theme : "system"
}

function apply(theme) {
  document.documentElement.dataset.theme = theme
}

function draw(button) {
  const theme = kept()
  button.dataset.themeSwitch = theme
  button.setAttribute("aria-label", `Colours: ${theme}`)
  button.title = `Colours: ${theme}`
}
