// Builds codemirror.js, its licences and INPUTS.json. Run `make vendor`.

import { createHash } from "node:crypto"
import { readFileSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const FOLDER = dirname(fileURLToPath(import.meta.url))
const INPUTS = ["entry.js", "package.json", "package-lock.json", "build.mjs"]
const OUTPUTS = ["codemirror.js", "LICENCES.txt"]

const result = await build({
  absWorkingDir: FOLDER,
  entryPoints: ["entry.js"],
  outfile: "codemirror.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  metafile: true,
})

writeFileSync(join(FOLDER, "LICENCES.txt"), licences(bundledPackages(result.metafile)))
writeFileSync(join(FOLDER, "INPUTS.json"), JSON.stringify(hashes([...INPUTS, ...OUTPUTS]), null, 2) + "\n")

function bundledPackages(metafile) {
  const names = Object.keys(metafile.inputs)
    .map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean)
  return [...new Set(names)].sort()
}

function licences(names) {
  return names.map(licence).join("\n" + "-".repeat(80) + "\n\n")
}

function licence(name) {
  const folder = join(FOLDER, "node_modules", name)
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (!file) throw new Error(`${name} ${version} has no licence file`)
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`
}

function hashes(files) {
  const sha256 = (file) => createHash("sha256").update(readFileSync(join(FOLDER, file))).digest("hex")
  return Object.fromEntries(files.map((file) => [file, sha256(file)]))
}
